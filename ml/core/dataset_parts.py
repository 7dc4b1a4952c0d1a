"""Files of a data set, written under a manifest and read by it alone."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.datasets import Dataset, Part
from ml.contract.errors import BrokenDataset
from ml.contract.names import Zone


class Files(Protocol):
    """Where the files lie: a lake."""

    def fetch(self, key: str, version: str | None = None) -> Path:
        """A local copy."""

    def publish(self, key: str, file: Path) -> str | None:
        """Move a file under its key; its version there."""

    def scratch(self) -> AbstractContextManager[Path]:
        """A folder for unfinished files."""


def publish_parts(files: Mapping[str, Path], lake: Files) -> Dataset:
    """Move Parquet files under their keys; what a manifest says of them.

    Parameters
    ----------
    files : mapping of str to Path
        At least one finished file by its key. They are moved.
    lake : Files
        Where to.

    Raises
    ------
    BrokenDataset
        Before anything is published, if their columns differ.
    """
    schemas = {key: schema_of(file) for key, file in files.items()}
    schema = next(iter(schemas.values()))
    for key, found in schemas.items():
        if list(found.items()) != list(schema.items()):
            raise BrokenDataset(key, _difference(found, schema))
    return Dataset(
        parts=tuple(_published(key, file, lake) for key, file in files.items()), schema=schema
    )


def _published(key: str, file: Path, lake: Files) -> Part:
    version = lake.publish(key, file)
    kept = lake.fetch(key, version)  # an earlier writer's file, where there was one
    return Part(
        key=key,
        bytes=kept.stat().st_size,
        rows=pq.read_metadata(kept).num_rows,
        sha256=_sha256(kept),
        version=version,
    )


def fetch_parts(dataset: Dataset, lake: Files) -> list[Path]:
    """Local copies of every part, once all of them are what the manifest lists.

    Parameters
    ----------
    dataset : Dataset
        From a manifest.
    lake : Files
        Where its parts lie. A part that is broken is copied to the quarantine there.

    Raises
    ------
    Gone, BrokenDataset
        Naming the part that is missing, or is not what it was.
    """
    found = [lake.fetch(part.key, part.version) for part in dataset.parts]
    for part, file in zip(dataset.parts, found, strict=True):
        if fault := fault_of(part, file, dataset.schema):
            raise BrokenDataset(part.key, fault, _hold(part, file, lake))
    return found


def fetch_part(dataset: Dataset, key: str, lake: Files) -> Path:
    """A local copy of one file, held to what its data set says of it, if that says anything.

    Raises
    ------
    Gone, BrokenDataset
        As `fetch_parts`.
    """
    found = fetch_parts(dataset.only(key), lake)
    return found[0] if found else lake.fetch(key)


def _hold(part: Part, file: Path, lake: Files) -> str:
    """Keep a broken file where somebody can look at it; its key."""
    key = f"{Zone.QUARANTINE}/{part.key}.{_sha256(file)[:16]}"
    with lake.scratch() as folder:
        lake.publish(key, Path(shutil.copyfile(file, folder / "broken")))
    return key


def fault_of(part: Part, file: Path, schema: Mapping[str, str]) -> str | None:
    """What a file is instead of what its manifest says, if anything."""
    size = file.stat().st_size
    if not size:
        return "has no bytes"
    try:
        found, rows = schema_of(file), pq.read_metadata(file).num_rows
    except (pa.ArrowException, OSError):
        return f"is no complete Parquet file: {size:,} bytes where its manifest says {part.bytes:,}"
    if list(found.items()) != list(schema.items()):
        return _difference(found, schema)
    if rows != part.rows:
        return f"has {rows:,} rows where its manifest says {part.rows:,}"
    if size != part.bytes or _sha256(file) != part.sha256:
        return f"has other bytes than its manifest says: its hash is not {part.sha256[:16]}"
    return None


def schema_of(file: Path) -> dict[str, str]:
    """Arrow type of each column of a Parquet file."""
    return {field.name: str(field.type) for field in pq.read_schema(file)}


def _difference(found: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """The first column that differs, in words."""
    names: Sequence[str] = [*wanted, *(name for name in found if name not in wanted)]
    for name in names:
        if found.get(name) != wanted.get(name):
            seen, expected = found.get(name, "absent"), wanted.get(name, "no such column")
            return f"has another schema: column {name!r} is {seen}, expected {expected}"
    return f"has its columns in another order: {', '.join(found)}"


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
