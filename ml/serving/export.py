"""The download: every row of the upload in its order, safe to open in a spreadsheet program."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from ml.core.spreadsheet import FORMULA_START, PLAIN_NUMBER, neutral

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ROWS_AT_ONCE = 5_000


def csv_chunks(parquet: Path, *, byte_order_mark: bool = False) -> Iterator[bytes]:
    """A scored table as CSV, piece by piece.

    Parameters
    ----------
    parquet : Path
    byte_order_mark : bool, default=False
        Begin with the mark by which Excel recognises UTF-8.

    Yields
    ------
    bytes
        A header and all rows; text that a spreadsheet would run begins with an apostrophe.
    """
    if byte_order_mark:
        yield BYTE_ORDER_MARK
    file = pq.ParquetFile(parquet)
    schema = pa.schema([field.with_name(neutral(field.name)) for field in file.schema_arrow])
    sink = io.BytesIO()
    with pacsv.CSVWriter(sink, schema) as writer:
        for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE):
            columns = [_neutral(column) for column in batch.columns]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
            yield _drained(sink)
    yield _drained(sink)


def _neutral(column: pa.Array) -> pa.Array:
    """Vectorised twin of `ml.core.spreadsheet.neutral`."""
    if not pa.types.is_string(column.type):
        return column
    runs = pc.match_substring_regex(column, FORMULA_START)
    number = pc.match_substring_regex(column, PLAIN_NUMBER)
    return pc.if_else(
        pc.and_not(runs, number), pc.binary_join_element_wise("'", column, ""), column
    )


def _drained(sink: io.BytesIO) -> bytes:
    content = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return content
