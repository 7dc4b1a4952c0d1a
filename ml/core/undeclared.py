"""Columns of a file that the use case does not declare, read all the same to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from ml.contract.moments import Moment
from ml.contract.names import Kind
from ml.contract.schema import Column, header_key
from ml.contract.use_case import UseCase


def undeclared_columns(use_case: UseCase, headers: Sequence[str]) -> tuple[Column, ...]:
    """A column for each header that the use case does not know, as of the first moment.

    Nothing speaks for a later moment until somebody declares the column.
    """
    keys = {header_key(header): header for header in headers}
    strange = [
        header for key, header in keys.items() if key and key not in use_case.schema.by_header
    ]
    return tuple(
        Column(
            name=f"undeclared_{number}",
            source=header,
            kind=Kind.CATEGORY,
            known_from=use_case.moments[0],
            required=False,
        )
        for number, header in enumerate(strange, start=1)
    )


def widened(use_case: UseCase, more: Sequence[Column], moment: Moment) -> UseCase:
    """A use case that reads further columns, and asks a file only for those of one moment."""
    columns = [
        replace(column, required=False) if moment < column.known_from else column
        for column in use_case.schema.columns
    ]
    return replace(use_case, schema=replace(use_case.schema, columns=(*columns, *more)))


def numbers_found(
    table: pa.Table, columns: Sequence[Column]
) -> tuple[pa.Table, tuple[Column, ...]]:
    """A clean table whose undeclared columns are numbers where every value is one.

    Returns
    -------
    (pyarrow.Table, tuple of Column)
        The table, and the columns as they are in it.
    """
    numbers = {column.name: _as_numbers(table[column.name]) for column in columns}
    for name, values in numbers.items():
        if values is not None:
            table = table.set_column(table.column_names.index(name), name, values)
    return table, tuple(
        column if numbers[column.name] is None else replace(column, kind=Kind.NUMBER)
        for column in columns
    )


def _as_numbers(texts: pa.ChunkedArray) -> pa.ChunkedArray | None:
    if texts.null_count == len(texts):
        return None
    try:
        return texts.cast(pa.string()).cast(pa.float64())
    except pa.ArrowInvalid:
        return None
