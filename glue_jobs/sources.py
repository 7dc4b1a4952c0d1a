"""The raw files of one run: one version of one object each, whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml.adapters.s3_access import s3_faults
from ml.contract.errors import UsageError
from ml.contract.jobs import CleanRequest
from ml.contract.places import is_manifest
from ml.contract.raw_manifest import RawFile, raw_files


@dataclass(frozen=True, kw_only=True)
class Source:
    """A raw file on the driver."""

    key: str
    file: Path


def fetch_sources(s3: Any, request: CleanRequest, folder: Path) -> Iterator[Source]:
    """Fetch the file that is asked for, or one after another those that a manifest names.

    Parameters
    ----------
    s3 : client
        Of boto3.
    request : CleanRequest
        What is asked for.
    folder : Path
        Where to put them; each is removed once the next is asked for.

    Raises
    ------
    Gone, AccessDenied
        If an object is not there, or may not be read; of a manifest, before any is cleaned.
    UsageError
        If the manifest is none, or a file is not what it says.
    """
    asked = RawFile(key=request.key, version_id=request.version_id)
    listed = [asked]
    if is_manifest(request.key):
        text = _fetched(s3, request.bucket, asked, folder / "manifest.json").read_bytes()
        listed = list(raw_files(text, request.key))
        _refuse_missing(s3, request.bucket, listed)
    for number, named in enumerate(listed):
        place = folder / str(number)
        place.mkdir()
        file = _fetched(s3, request.bucket, named, place / Path(named.key).name)
        _refuse_other(named, file)
        yield Source(key=named.key, file=file)
        file.unlink()


def _refuse_missing(s3: Any, bucket: str, listed: list[RawFile]) -> None:
    """Look for every file before the first is cleaned: nothing shall be done by halves."""
    for named in listed:
        version = {"VersionId": named.version_id} if named.version_id else {}
        with s3_faults(bucket, named.key):
            s3.head_object(Bucket=bucket, Key=named.key, **version)


def _fetched(s3: Any, bucket: str, named: RawFile, to: Path) -> Path:
    # One version, whatever was written under the key since.
    extra = {"VersionId": named.version_id} if named.version_id else {}
    with s3_faults(bucket, named.key):
        s3.download_file(bucket, named.key, str(to), ExtraArgs=extra)
    return to


def _refuse_other(named: RawFile, file: Path) -> None:
    size = file.stat().st_size
    if named.bytes is not None and size != named.bytes:
        raise UsageError(
            f"{named.key} has {size:,} bytes where its manifest says {named.bytes:,}: "
            "the upload was cut; upload it again, then its manifest"
        )
    if not named.sha256:
        return
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != named.sha256:
        raise UsageError(
            f"{named.key} has SHA-256 {found[:16]} where its manifest says {named.sha256[:16]}; "
            "upload it again, then its manifest"
        )
