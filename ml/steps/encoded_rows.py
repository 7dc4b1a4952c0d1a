"""Rows as XGBoost takes them, in files: codes and numbers, written batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ml.core.scoring.plan import Plan
from ml.core.scoring.table_encoder import TableEncoder
from ml.ports import EncodedRows

#: Rows that are in memory at a time.
BATCH_ROWS = 65_536


def encode_file(
    source: Path, to: Path, *, plan: Plan, native_levels: int, target: str
) -> EncodedRows:
    """Write a file of clean rows in the codes of a plan, with memory that does not grow.

    Parameters
    ----------
    source, to : Path
        Parquet files.
    plan : Plan
        Of a fitted `native_encoder`.
    native_levels : int
        Leading positions that hold codes of levels.
    target : str
        Column of the outcome.
    """
    # XGBoost compares 32-bit numbers, so no more is kept of them.
    columns = tuple(f"f{at}" for at in range(len(plan.names)))
    schema = pa.schema([(name, pa.float32()) for name in (*columns, target)])
    encoder = TableEncoder(plan)
    with pq.ParquetWriter(to, schema) as writer:
        for batch in _batches(source, [*plan.sources, target]):
            matrix = encoder.encode(batch).astype(np.float32)
            outcome = batch[target].to_numpy(zero_copy_only=False).astype(np.float32)
            arrays = [pa.array(column) for column in (*matrix.T, outcome)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    kinds = tuple("c" if at < native_levels else "q" for at in range(len(columns)))
    return EncodedRows(file=to, columns=columns, kinds=kinds, target=target)


def sample_of(source: Path, columns: Sequence[str], *, most: int) -> pa.Table:
    """Rows at equal distances, in memory; all of them where they are not more than `most`."""
    with pq.ParquetFile(source) as file:
        step = max(1, -(-file.metadata.num_rows // most))
        fields = [file.schema_arrow.field(name) for name in columns]
    taken, at = [], 0
    for batch in _batches(source, columns):
        taken.append(batch.take(pa.array(range(-at % step, batch.num_rows, step))))
        at += batch.num_rows
    return pa.Table.from_batches(taken, pa.schema(fields))


def _batches(source: Path, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(source) as file:
        yield from file.iter_batches(BATCH_ROWS, columns=list(columns))
