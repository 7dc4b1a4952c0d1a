"""A folder that is kept in S3 while no machine has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ml.adapters.disk_faults import disk_faults
from ml.adapters.s3_access import S3Place, client_of_s3, s3_faults
from ml.contract.errors import UsageError

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
    without : str, default=no name
        Files whose names begin so are neither brought nor taken back.
    """

    def __init__(self, uri: str, folder: Path, *, without: str | None = None) -> None:
        self._place = S3Place.of(uri)
        self._folder, self._without = folder, without
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
            If S3 refuses or does not answer, or the disk here takes no more.
        """
        place, s3 = self._place, client_of_s3()
        with s3_faults(place.bucket, place.key(below)):
            pages = s3.get_paginator("list_objects_v2").paginate(
                Bucket=place.bucket, Prefix=place.key(below)
            )
            listed = {o["Key"]: o["ETag"] for page in pages for o in page.get("Contents", [])}
            names = {key.removeprefix(place.prefix): tag for key, tag in listed.items()}
            new = [n for n, tag in names.items() if self._tags.get(n) != tag and self._is_ours(n)]
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
        place, s3 = self._place, client_of_s3()
        for name in sorted(changed, key=_pointers_last):
            with s3_faults(place.bucket, place.key(name)):
                s3.upload_file(str(self._folder / name), place.bucket, place.key(name))
            self._seen[name] = self._state(name)
        return len(changed)

    def put(self, name: str, content: bytes) -> str:
        """Write one file to S3 only; its URI."""
        place, s3 = self._place, client_of_s3()
        with s3_faults(place.bucket, place.key(name)):
            s3.put_object(Bucket=place.bucket, Key=place.key(name), Body=content)
        return f"s3://{place.bucket}/{place.key(name)}"

    def _fetch(self, s3: Any, name: str) -> None:
        target = (self._folder / name).resolve()
        if not target.is_relative_to(self._folder.resolve()):
            raise UsageError(f"object {name!r} would lie outside its folder; remove it from S3")
        half = target.with_name(f".{target.name}.part")
        with disk_faults(f"the copy of s3://{self._place.bucket}/{self._place.key(name)}"):
            target.parent.mkdir(parents=True, exist_ok=True)
            s3.download_file(self._place.bucket, self._place.key(name), str(half))
            half.replace(target)
        self._seen[name] = self._state(name)

    def _state(self, name: str) -> tuple[int, int]:
        status = (self._folder / name).stat()
        return status.st_mtime_ns, status.st_size

    def _is_ours(self, name: str) -> bool:
        if name.endswith("/") or (self._without and name.startswith(self._without)):
            return False
        return not any(part.endswith(_LEFT_OUT) for part in name.split("/"))


def _pointers_last(name: str) -> tuple[bool, str]:
    return name.endswith(_POINTERS), name
