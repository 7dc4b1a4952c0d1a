"""Rows as a training set, without the steps before."""

import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.records import CleanRecord, RowCount, SnapshotRecord
from ml.contract.use_case import UseCase
from ml.core.canonical import canonical_hash
from ml.core.dataset_parts import publish_parts
from ml.ports import Runtime
from ml.steps.snapshot import snapshot


def cleaned(runtime: Runtime, use_case: UseCase, rows: pa.Table) -> CleanRecord:
    """Rows in the lake, as if they had come out of a file."""
    found = canonical_hash(rows, id_column=use_case.schema.id.name)
    key = f"clean/{found}.parquet"
    with runtime.lake.scratch() as folder:
        pq.write_table(rows, folder / "rows.parquet")
        data = publish_parts({key: folder / "rows.parquet"}, runtime.lake)
    return CleanRecord(
        source_sha256=f"file of {found}",
        clean=key,
        quarantine="",
        canonical_hash=found,
        rows=RowCount(received=rows.num_rows, accepted=rows.num_rows),
        data=data,
    )


def frozen(runtime: Runtime, use_case: UseCase, rows: pa.Table) -> SnapshotRecord:
    """Rows as a snapshot under its default tag."""
    return snapshot(use_case, runtime, clean=cleaned(runtime, use_case, rows))
