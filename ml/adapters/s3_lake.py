"""A lake in a bucket."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ml.adapters.lake_keys import parts_of
from ml.adapters.s3_access import S3Place, client_of_s3, code_of, s3_faults
from ml.adapters.s3_upload import upload
from ml.contract.errors import Altered, DependencyUnavailable, Gone

_SCRATCH = ".scratch"
_READ_ONLY = 0o444
#: The lake's own metadata: what replaces an object by other means does not have it.
_HASH = "leadwise-sha256"
_TAKEN = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})


class S3Lake:
    """Keeps each key as one object, and what it has read in a folder.

    Parameters
    ----------
    uri : str
        ``s3://bucket/prefix/``.
    folder : Path
        Where copies lie on this machine.
    s3 : client of S3, default=a new one

    Notes
    -----
    An object is written on the condition that its key is free, so the first of two writers wins.
    It carries its own hash: an object without it, or with other bytes, was put there behind the
    lake's back. A version, where a manifest has recorded one, is read as it was, whatever lies
    under the key by now.
    """

    def __init__(self, uri: str, folder: Path, s3: Any = None) -> None:
        self._place, self._folder = S3Place.of(uri), folder
        self._s3 = s3 or client_of_s3()
        (folder / _SCRATCH).mkdir(parents=True, exist_ok=True)

    def fetch(self, key: str, version: str | None = None) -> Path:
        """A read-only copy of the object under `key`."""
        found = self._head(key, version) if version else self._ours(key)
        copy = self._copy(key, _version(found))
        if not copy.is_file():
            self._bring(key, found, copy)
        return copy

    def publish(self, key: str, file: Path) -> str | None:
        """Upload a finished file under `key`; the first writer of a key wins."""
        from botocore.exceptions import ClientError

        facts = {_HASH: _sha256(file)}
        with s3_faults(self._place.bucket, self._key(key)):
            try:
                answer = upload(self._s3, self._place.bucket, self._key(key), file, facts)
            except ClientError as error:
                if code_of(error) not in _TAKEN:
                    raise
                file.unlink()
                return _version(self._ours(key))
        self._keep(file, self._copy(key, _version(answer)))
        return _version(answer)

    def keys(self, prefix: str) -> list[str]:
        """Keys that begin with `prefix`, sorted."""
        return sorted(key for page in self._pages(prefix) for key in page if not key.endswith("/"))

    def exists(self, key: str) -> bool:
        """Whether `key` holds a file."""
        parts_of(key)
        return key in next(iter(self._pages(key)))

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder beside the copies that is gone afterwards."""
        with tempfile.TemporaryDirectory(dir=self._folder / _SCRATCH) as folder:
            yield Path(folder)

    def _key(self, key: str) -> str:
        return self._place.key("/".join(parts_of(key)))

    def _copy(self, key: str, version: str) -> Path:
        return self._folder.joinpath(hashlib.sha256(version.encode()).hexdigest(), *parts_of(key))

    def _head(self, key: str, version: str | None = None) -> dict[str, Any]:
        where = {"Bucket": self._place.bucket, "Key": self._key(key)}
        pinned = {"IfMatch": version} if _is_etag(version) else {"VersionId": version}
        pinned = {name: value for name, value in pinned.items() if value}
        try:
            with s3_faults(*where.values()):
                found: dict[str, Any] = self._s3.head_object(**where, **pinned)
        except Gone:
            self.exists(key)  # a HEAD is silent about which is gone: the bucket or the key
            raise
        return found

    def _ours(self, key: str) -> dict[str, Any]:
        """What S3 says of an object, if a lake has put it there."""
        found = self._head(key)
        if _HASH not in found["Metadata"]:
            raise Altered(
                f"file {key!r} of bucket {self._place.bucket!r} was put there by something else "
                "than this lake; restore the version before, or remove it and run the step that "
                "writes it"
            )
        return found

    def _bring(self, key: str, found: dict[str, Any], copy: Path) -> None:
        where, version = {"Bucket": self._place.bucket, "Key": self._key(key)}, _version(found)
        pinned = {"IfMatch": version} if _is_etag(version) else {"VersionId": version}
        with self.scratch() as folder, (folder / "half").open("wb") as stream:
            with s3_faults(*where.values()):
                answer = self._s3.get_object(**where, **pinned)
                shutil.copyfileobj(answer["Body"], stream, 2**20)
            stream.flush()
            self._check(key, found, folder / "half")
            self._keep(folder / "half", copy)

    def _check(self, key: str, found: dict[str, Any], file: Path) -> None:
        if file.stat().st_size != found["ContentLength"]:
            raise DependencyUnavailable(
                f"S3 sent {file.stat().st_size} of {found['ContentLength']} bytes of {key!r}; "
                "start again"
            )
        wanted, seen = found["Metadata"].get(_HASH), _sha256(file)
        if wanted not in (None, seen):
            raise Altered(
                f"file {key!r} of bucket {self._place.bucket!r} has hash {seen[:16]}, but was "
                f"published with {wanted[:16]}; restore the version before"
            )

    def _keep(self, file: Path, copy: Path) -> None:
        copy.parent.mkdir(parents=True, exist_ok=True)
        with self.scratch() as folder:
            staged = Path(shutil.move(file, folder / "staged"))
            staged.chmod(_READ_ONLY)
            staged.replace(copy)

    def _pages(self, prefix: str) -> Iterator[list[str]]:
        where = {"Bucket": self._place.bucket, "Prefix": self._place.key(prefix)}
        with s3_faults(*where.values()):
            for page in self._s3.get_paginator("list_objects_v2").paginate(**where):
                found = [each["Key"] for each in page.get("Contents", [])]
                yield [key.removeprefix(self._place.prefix) for key in found]


def _version(answer: dict[str, Any]) -> str:
    """What names these bytes for good: the version, or the ETag of a bucket that keeps none."""
    version = answer.get("VersionId", "null")
    return str(answer["ETag"] if version == "null" else version)


def _is_etag(version: str | None) -> bool:
    return version is not None and version.startswith('"')


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
