"""Parquet: columns of a kind that text can carry, read by batches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import types

from ml.contract.errors import InputRefused
from ml.contract.faults import Fault, Rule
from ml.contract.intake.header import Header, Taken, understand
from ml.contract.intake.reading import Reading
from ml.contract.intake.saying import file_fault, megabytes, refusal
from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.core.intake.rows import Rows

_BATCH_ROWS = 16_384
_WHOLE_FLOATS = 1e15
_ERRORS = (pa.ArrowException, OSError, ValueError, OverflowError)


class ParquetRows:
    """A Parquet file whose schema was understood.

    Rows count from line 2, as if the file were the CSV that holds the same table.

    Parameters
    ----------
    source : binary stream
        Seekable.
    reading : Reading
        For what it is read.

    Raises
    ------
    InputRefused
        PARQUET_UNREADABLE, PARQUET_SCHEMA with every column of a wrong type, NO_ROWS, or what
        the columns lack as a header.
    """

    decimal_comma = False
    fast_rows = 0

    def __init__(self, source: BinaryIO, reading: Reading) -> None:
        self._reading = reading
        try:
            self._file = pq.ParquetFile(source, pre_buffer=False)
            schema, metadata = self._file.schema_arrow, self._file.metadata
        except _ERRORS as error:
            raise _unreadable(reading.name, error) from error
        self.header: Header = understand(schema.names, reading)
        self.warnings = self.header.warnings
        faults = [f for one in self.header.taken for f in _type_faults(one, schema)]
        if faults:
            raise InputRefused(faults)
        _refuse_empty_or_huge(metadata, reading)

    def rows(self) -> Iterator[Rows]:
        """The rows in order, batch by batch."""
        columns, line = [one.header for one in self.header.taken], 2
        batches = self._file.iter_batches(_BATCH_ROWS, columns=columns, use_threads=False)
        while True:
            try:
                batch = next(batches, None)
                if batch is None:
                    return
                batch.validate(full=True)
                cells = [render(batch.column(name)) for name in columns]
            except _ERRORS as error:
                raise _unreadable(self._reading.name, error) from error
            yield Rows(
                lines=pa.array(range(line, line + batch.num_rows), pa.int64()),
                cells=cells,
                raw=_RawRows(columns, cells),
            )
            line += batch.num_rows


class _RawRows:
    """Rows as JSON lines, so that a person can mend and send them again."""

    def __init__(self, columns: list[str], cells: list[pa.StringArray]) -> None:
        self._columns, self._cells = columns, cells

    def __call__(self, row: int) -> str:
        texts = (cells[row].as_py() for cells in self._cells)
        return json.dumps(dict(zip(self._columns, texts, strict=True)), ensure_ascii=False)


def render(cells: pa.Array) -> pa.StringArray:
    """Cells as the text that a CSV file would hold; NULL and NaN are null.

    Examples
    --------
    >>> render(pa.array([5.0, 2.5, None])).to_pylist()
    ['5', '2.5', None]
    """
    if types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if types.is_floating(cells.type):
        return _render_floats(cells)
    return cells.cast(pa.string())


def _render_floats(cells: pa.Array) -> pa.StringArray:
    numbers = pc.if_else(pc.is_nan(cells), None, cells)
    texts = numbers.cast(pa.string())
    whole = pc.and_(pc.equal(numbers, pc.floor(numbers)), pc.less(pc.abs(numbers), _WHOLE_FLOATS))
    whole = pc.fill_null(whole, False)
    digits = pc.if_else(whole, numbers, None).cast(pa.int64()).cast(pa.string())
    return pc.if_else(whole, digits, texts)


def _accepts(column: Column, kind: pa.DataType) -> bool:
    """Whether text can carry a Parquet type without a change of meaning."""
    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_string(kind) or types.is_large_string(kind) or types.is_null(kind):
        return True
    if column.kind is Kind.DATE:
        return bool(types.is_date(kind))
    if column.kind is Kind.TEXT:  # an id that went through a float has lost digits
        return bool(types.is_integer(kind))
    if types.is_boolean(kind):
        return column.kind is Kind.YES_NO
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))


def _type_faults(one: Taken, schema: pa.Schema) -> list[Fault]:
    kind = schema.field(one.header).type
    if _accepts(one.column, kind):
        return []
    expected = {
        Kind.DATE: "text or a date",
        Kind.TEXT: "text or whole numbers",
        Kind.YES_NO: "text, true and false, or numbers",
    }.get(one.column.kind, "text or numbers")
    return [
        file_fault(
            Rule.PARQUET_SCHEMA,
            f"column {one.header!r} is of type {kind}; expected {expected}",
            f"write {one.column.source!r} as {expected.partition(' or ')[0]}",
            column=one.header,
            value=str(kind),
        )
    ]


def _refuse_empty_or_huge(metadata: pq.FileMetaData, reading: Reading) -> None:
    if metadata.num_rows == 0:
        raise refusal(
            Rule.NO_ROWS,
            f"{reading.name} has columns but no rows ({metadata.num_row_groups} row groups)",
            f"export it again with at least one {reading.use_case.entity}",
        )
    groups = range(metadata.num_row_groups)
    size = sum(metadata.row_group(group).total_byte_size for group in groups)
    if reading.limits.bytes is not None and size > reading.limits.inflated_bytes:
        raise refusal(
            Rule.TOO_LARGE,
            f"{reading.name} unpacks to {megabytes(size)}; "
            f"expected at most {megabytes(reading.limits.inflated_bytes)}",
            "split the file, or read it with the command line",
        )


def _unreadable(name: str, error: Exception) -> InputRefused:
    seen = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
    return refusal(
        Rule.PARQUET_UNREADABLE,
        f"{name} begins like Parquet but cannot be read: {seen}; expected a whole, "
        "unencrypted file",
        "write the file again and send it whole",
    )
