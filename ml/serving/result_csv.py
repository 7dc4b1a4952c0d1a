"""A result as CSV, streamed; nothing in it runs in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from starlette.responses import StreamingResponse

from ml.core.spreadsheet import csv_chunks
from ml.serving.file_names import attachment, scored_name
from ml.serving.result_table import Explain, explained

CSV = "text/csv"
_ROWS_AT_ONCE, _EXPLAINED_AT_ONCE = 5_000, 200
#: By which Excel recognises UTF-8.
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def csv_response(
    table: Path, name: str, *, excel: bool = False, explain: Explain | None = None
) -> StreamingResponse:
    """A scored table as a download.

    Parameters
    ----------
    table : Path
        Parquet.
    name : str
        Name of the upload; the download is named after it.
    excel : bool, default=False
        Begin with the mark by which Excel recognises accents.
    explain : callable, optional
        Gives each scored row its reasons; takes about a millisecond for each.
    """
    file = pq.ParquetFile(table)
    rows = _ROWS_AT_ONCE if explain is None else _EXPLAINED_AT_ONCE
    batches: Iterable[pa.RecordBatch] = file.iter_batches(rows)
    if explain is not None:
        batches = (explained(batch, explain) for batch in batches)
    chunks = csv_chunks(batches, file.schema_arrow)
    headers = {"content-disposition": attachment(scored_name(name))}
    content = chain([_BYTE_ORDER_MARK] if excel else [], chunks)
    return StreamingResponse(content, media_type=f"{CSV}; charset=utf-8", headers=headers)
