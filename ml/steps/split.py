"""Split: divide a snapshot into training, validation and test rows."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.names import Role, Step, Zone
from ml.contract.records import SPLIT_PARTS, SnapshotRecord, SplitRecord
from ml.contract.splits import Split
from ml.contract.use_case import UseCase
from ml.core.dataset_parts import publish_parts
from ml.core.splitting import Parts, divide
from ml.ports import Runtime

_ORDERING = (Role.ID, Role.ORDER, Role.TIME, Role.TARGET)


def split(use_case: UseCase, runtime: Runtime, *, snapshot: SnapshotRecord) -> SplitRecord:
    """Write the parts as Parquet files beside each other.

    Parameters
    ----------
    snapshot : SnapshotRecord
        The training set to divide by `use_case.split`.

    Raises
    ------
    LeadwiseError
        If a part would be empty.
    """
    runtime.progress.start(Step.SPLIT)
    files = runtime.snapshots.fetch(snapshot)
    table = pa.concat_tables([pq.read_table(file, partitioning=None) for file in files])
    parts = divide(_what_orders_rows(table, use_case), use_case.schema, use_case.split)
    folder = f"{Zone.SPLITS}/{use_case.name}/{snapshot.canonical_hash[:16]}-{_name(use_case.split)}"
    record = _publish(runtime, table, parts, folder)
    runtime.progress.done(", ".join(f"{rows} {part}" for part, rows in record.rows.items()))
    return record


def _what_orders_rows(table: pa.Table, use_case: UseCase) -> pd.DataFrame:
    wanted = [column.name for column in use_case.schema.with_role(*_ORDERING)]
    present = table.select([name for name in wanted if name in table.column_names])
    return pd.DataFrame(present.to_pandas())


def _name(how: Split) -> str:
    """Part of a key that differs for another kind of split."""
    values = (getattr(how, field.name) for field in fields(how))
    shown = (f"{v.days}d" if isinstance(v, timedelta) else f"{v:g}" for v in values)
    return "-".join([type(how).__name__.lower(), *shown])


def _publish(runtime: Runtime, table: pa.Table, parts: Parts, folder: str) -> SplitRecord:
    kept = (*SPLIT_PARTS, "holdout") if len(parts.holdout) else SPLIT_PARTS
    rows = {part: len(getattr(parts, part)) for part in kept}
    keys = {part: f"{folder}/{part}.parquet" for part in kept}
    with runtime.lake.scratch() as scratch:
        for part in kept:
            pq.write_table(table.take(pa.array(getattr(parts, part))), scratch / part)
        data = publish_parts({keys[part]: scratch / part for part in kept}, runtime.lake)
    if len(parts.left_out):
        rows["left_out"] = len(parts.left_out)
    return SplitRecord(**keys, rows=rows, data=data)
