"""Text that a spreadsheet program shows instead of running."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

#: How a cell begins that Excel, LibreOffice or Google Sheets would take for a formula (OWASP);
#: apostrophes before it are counted in, so that what we put before a cell can be taken away.
FORMULA_START = r"^'*[=+\-@\t\r]"
PLAIN_NUMBER = r"^[+-]?[0-9.,]+([eE][+-]?[0-9]+)?$"

_FORMULA, _NUMBER = re.compile(FORMULA_START), re.compile(PLAIN_NUMBER)


def neutral(cell: str) -> str:
    """The cell, with an apostrophe before it if a spreadsheet would run it.

    Examples
    --------
    >>> neutral("=HYPERLINK(1)"), neutral("-2+3"), neutral("-2.5"), neutral("Google")
    ("'=HYPERLINK(1)", "'-2+3", '-2.5', 'Google')
    >>> neutral("'=1")
    "''=1"
    """
    return "'" + cell if _FORMULA.match(cell) and not _NUMBER.match(cell) else cell


def restored(column: pa.StringArray) -> pa.StringArray:
    """Cells as they were before `neutral`; of cells that it has written, and no others.

    Examples
    --------
    >>> restored(pa.array(["'=HYPERLINK(1)", "''=1", "-2.5", "'tis", ""])).to_pylist()
    ['=HYPERLINK(1)', "'=1", '-2.5', "'tis", '']
    """
    if not pc.any(pc.starts_with(column, "'")).as_py():
        return column
    return pc.replace_substring_regex(column, r"^'('*[=+\-@\t\r])", r"\1")


def csv_chunks(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[bytes]:
    """A table as CSV, piece by piece; text that a spreadsheet would run is neutral.

    Parameters
    ----------
    batches : iterable of RecordBatch
        The rows.
    schema : Schema
        Their columns, which become the header.

    Yields
    ------
    bytes
        UTF-8 text; the header stands in the first piece.
    """
    named = pa.schema([field.with_name(neutral(field.name)) for field in schema])
    sink = io.BytesIO()
    with pacsv.CSVWriter(sink, named) as writer:
        for batch in batches:
            columns = [_neutral(column) for column in batch.columns]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=named))
            yield _drained(sink)
    yield _drained(sink)


def _neutral(column: pa.Array) -> pa.Array:
    """Vectorised twin of `neutral`."""
    if not pa.types.is_string(column.type):
        return column
    runs = pc.match_substring_regex(column, FORMULA_START)
    number = pc.match_substring_regex(column, PLAIN_NUMBER)
    marked = pc.binary_join_element_wise("'", column, "")
    return pc.if_else(pc.and_not(runs, number), marked, column)


def _drained(sink: io.BytesIO) -> bytes:
    content = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return content
