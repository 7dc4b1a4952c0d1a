"""Snapshot: freeze clean rows as a training set that can be named, found again and checked."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pyarrow.parquet as pq

from ml.contract.errors import Altered, UnknownName, UsageError
from ml.contract.names import LINE, Kind, Step
from ml.contract.records import CleanRecord, SnapshotRecord
from ml.contract.use_case import UseCase
from ml.core.canonical import canonical_hash
from ml.core.dataset_parts import fetch_part
from ml.core.parquet_columns import ParquetColumns
from ml.ports import Runtime, Snapshots

#: Letters of a hash that tell training sets apart.
_SHORT = 16
_TAG = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)
#: What Iceberg calls the table's present.
_TAKEN = "main"


def snapshot(use_case: UseCase, runtime: Runtime, *, clean: CleanRecord) -> SnapshotRecord:
    """An immutable copy of the clean rows, under a tag made of their hash.

    Parameters
    ----------
    clean : CleanRecord
        The rows to freeze. Equal rows give the same snapshot, whatever file they came in.

    Returns
    -------
    SnapshotRecord
        What is kept; of rows that were frozen before, what was said then.
    """
    runtime.progress.start(Step.SNAPSHOT)
    source = fetch_part(clean.data, clean.clean, runtime.lake)
    facts = pq.read_metadata(source)
    record = SnapshotRecord(
        use_case=use_case.name,
        tag=clean.canonical_hash[:_SHORT],
        canonical_hash=clean.canonical_hash,
        rows=facts.num_rows,
        columns=facts.num_columns,
        schema={name: _kind(use_case, name) for name in facts.schema.to_arrow_schema().names},
        code_version=runtime.code_version(),
        created_at=runtime.now().isoformat(),
        sources=(clean.source_sha256,),
    )
    with runtime.lake.scratch() as scratch:
        kept = runtime.snapshots.freeze(record, [_twin(source, scratch / "leads.parquet")])
    runtime.progress.done(f"{kept.rows:,} rows, tag {kept.tag}")
    return kept


def _kind(use_case: UseCase, name: str) -> Kind:
    return Kind.INTEGER if name == LINE else use_case.schema[name].kind


def _twin(source: Path, to: Path) -> Path:
    """The same file once more: by a link where the file system has them, as nobody changes it."""
    try:
        os.link(source, to)
    except OSError:
        shutil.copyfile(source, to)
    return to


def find(use_case: UseCase, snapshots: Snapshots, tag: str | None = None) -> SnapshotRecord:
    """The training set under a tag; without one the latest, which is in force.

    Raises
    ------
    UsageError, UnknownName
        If the text can be no tag, or there is none of that name.
    """
    if tag is not None:
        return snapshots.find(use_case.name, checked_tag(tag))
    found = snapshots.all(use_case.name)
    if not found:
        raise UnknownName("snapshot of", use_case.name, ())
    return found[-1]


def checked_tag(text: str) -> str:
    """The text, if it can be a tag.

    Raises
    ------
    UsageError
        If it holds other than letters, digits, dots, dashes and underscores.

    Examples
    --------
    >>> checked_tag("2026-W47")
    '2026-W47'
    """
    if not _TAG.fullmatch(text) or text == _TAKEN:
        raise UsageError(
            f"{text!r} can be no tag; use up to 100 letters, digits, dots, dashes and underscores, "
            f"a letter or digit first, and not {_TAKEN!r}"
        )
    return text


def verify(use_case: UseCase, runtime: Runtime, *, snapshot: SnapshotRecord) -> None:
    """Read a training set's rows again and hold them against all that was said of them.

    Parameters
    ----------
    snapshot : SnapshotRecord
        What was said when it was frozen.

    Raises
    ------
    Gone, Altered
        Naming the file that is missing or broken, or what differs: one changed cell is enough.
    """
    table = ParquetColumns(*runtime.snapshots.fetch(snapshot))
    found = {
        "columns": sorted(table.column_names),
        "rows": len(table.column(use_case.schema.id.name)),
        "canonical hash": canonical_hash(table, id_column=use_case.schema.id.name),
    }
    said = {
        "columns": sorted(snapshot.schema),
        "rows": snapshot.rows,
        "canonical hash": snapshot.canonical_hash,
    }
    for what, value in said.items():
        if found[what] != value:
            raise Altered(
                f"snapshot {snapshot.tag!r} of {use_case.name} was frozen with {what} {value} and "
                f"now has {found[what]}; train on another snapshot, or restore {snapshot.place!r}"
            )
