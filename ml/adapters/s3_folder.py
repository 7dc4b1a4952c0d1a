"""A folder that is kept in S3 while no machine has it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ml.contract.errors import DependencyUnavailable, UsageError

#: Locks and half-made files are of one machine only.
_LEFT_OUT = (".lock", ".scratch", "-journal", "-wal", "-shm")
#: What says which other files count is moved last, so that they are there by then.
_POINTERS = (".db", "current.json")


class S3Folder:
    """Brings a folder from S3 and takes back what has changed; it never deletes.

    Parameters
    ----------
    uri : str
        ``s3://bucket/prefix/``.
    folder : Path
        Where its files lie on this machine.
    """

    def __init__(self, uri: str, folder: Path) -> None:
        parts = urlsplit(uri)
        if parts.scheme != "s3" or not parts.netloc:
            raise UsageError(f"{uri!r} is no place in S3; expected s3://bucket/folder/")
        self._bucket = parts.netloc
        self._prefix = parts.path.strip("/") + "/" if parts.path.strip("/") else ""
        self._folder = folder
        self._tags: dict[str, str] = {}
        self._seen: dict[str, tuple[int, int]] = {}

    def pull(self, below: str = "") -> int:
        """Fetch what is new or has changed in S3; the number of files.

        Parameters
        ----------
        below : str, default=''
            Only files whose names begin so.

        Raises
        ------
        DependencyUnavailable
            If S3 refuses or does not answer.
        """
        with _s3() as s3:
            pages = s3.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + below
            )
            listed = {o["Key"]: o["ETag"] for page in pages for o in page.get("Contents", [])}
            names = {key.removeprefix(self._prefix): tag for key, tag in listed.items()}
            new = [n for n, tag in names.items() if self._tags.get(n) != tag and n[-1:] != "/"]
            for name in sorted(new, key=_pointers_last):
                self._fetch(s3, name)
                self._tags[name] = names[name]
        return len(new)

    def push(self) -> int:
        """Send what is new or has changed on this machine; the number of files.

        Raises
        ------
        DependencyUnavailable
            If S3 refuses or does not answer.
        """
        files = [path for path in self._folder.rglob("*") if path.is_file()]
        names = [path.relative_to(self._folder).as_posix() for path in files]
        changed = [n for n in names if self._is_ours(n) and self._seen.get(n) != self._state(n)]
        with _s3() as s3:
            for name in sorted(changed, key=_pointers_last):
                s3.upload_file(str(self._folder / name), self._bucket, self._prefix + name)
                self._seen[name] = self._state(name)
        return len(changed)

    def put(self, name: str, content: bytes) -> str:
        """Write one file to S3 only; its URI."""
        with _s3() as s3:
            s3.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=content)
        return f"s3://{self._bucket}/{self._prefix}{name}"

    def _fetch(self, s3: Any, name: str) -> None:
        target = (self._folder / name).resolve()
        if not target.is_relative_to(self._folder.resolve()):
            raise UsageError(f"object {name!r} would lie outside its folder; remove it from S3")
        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.with_name(f".{target.name}.part")
        s3.download_file(self._bucket, self._prefix + name, str(half))
        half.replace(target)
        self._seen[name] = self._state(name)

    def _state(self, name: str) -> tuple[int, int]:
        status = (self._folder / name).stat()
        return status.st_mtime_ns, status.st_size

    @staticmethod
    def _is_ours(name: str) -> bool:
        return not any(part.endswith(_LEFT_OUT) for part in name.split("/"))


def _pointers_last(name: str) -> tuple[bool, str]:
    return name.endswith(_POINTERS), name


@contextmanager
def _s3() -> Iterator[Any]:
    """The client of S3, with its faults turned into ours."""
    import boto3
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield boto3.client("s3")
    except (Boto3Error, BotoCoreError, ClientError) as error:
        raise DependencyUnavailable(
            f"S3 refused or is away ({error}); check the role and the network, and start again"
        ) from error
