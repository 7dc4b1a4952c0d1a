"""Snapshot: freeze clean rows as a training set that can be named, found again and checked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq

from ml.contract.names import Step, Zone
from ml.contract.records import CleanRecord, SnapshotRecord
from ml.contract.use_case import UseCase
from ml.ports import Runtime


def snapshot(use_case: UseCase, runtime: Runtime, *, clean: CleanRecord) -> SnapshotRecord:
    """An immutable copy of the clean rows with a manifest beside it.

    Parameters
    ----------
    clean : CleanRecord
        The rows to freeze. Equal rows give the same snapshot, whatever file they came in.

    Returns
    -------
    SnapshotRecord
        Keys of the Parquet file and of its manifest.
    """
    runtime.progress.start(Step.SNAPSHOT)
    folder = f"{Zone.SNAPSHOTS}/{use_case.name}/{clean.canonical_hash[:16]}"
    source = runtime.lake.fetch(clean.clean)
    facts = pq.read_metadata(source)
    record = SnapshotRecord(
        snapshot=f"{folder}/leads.parquet",
        manifest=f"{folder}/manifest.json",
        canonical_hash=clean.canonical_hash,
        rows=facts.num_rows,
        columns=facts.num_columns,
    )
    with runtime.lake.scratch() as scratch:
        runtime.lake.publish(record.snapshot, Path(shutil.copy(source, scratch / "leads.parquet")))
        runtime.lake.publish(
            record.manifest, _manifest(scratch / "manifest.json", use_case, record)
        )
    runtime.progress.done(f"{record.rows} rows, hash {record.canonical_hash[:12]}")
    return record


def _manifest(file: Path, use_case: UseCase, record: SnapshotRecord) -> Path:
    facts = {
        "use_case": use_case.name,
        "canonical_hash": record.canonical_hash,
        "rows": record.rows,
        "columns": record.columns,
        "schema": {column.name: str(column.kind) for column in use_case.schema.columns},
    }
    file.write_text(json.dumps(facts, indent=1, sort_keys=True))
    return file
