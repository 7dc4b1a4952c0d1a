"""The day on which each lead came: of the column that says so, or of a header that means it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from ml.contract.names import Kind, Role
from ml.contract.schema import Column, header_key
from ml.contract.use_case import UseCase

#: Headers that mean the day on which a lead came, where the use case declares none.
ARRIVED_HEADERS: Final = ("Arrival Date", "arrived_on")

_ARRIVED = "arrived_on"
_ISO_DAY = 10


def day_column(use_case: UseCase) -> Column:
    """The column that says when a lead came: declared, or by its header."""
    declared = use_case.schema.with_role(Role.TIME)
    if declared:
        first = use_case.moments[0]
        return replace(declared[0], role=Role.FEATURE, known_from=first, required=False)
    first_header, *more = ARRIVED_HEADERS
    return Column(
        name=_ARRIVED,
        source=first_header,
        aliases=tuple(more),
        kind=Kind.CATEGORY,
        known_from=use_case.moments[0],
        required=False,
    )


def names_day(use_case: UseCase, headers: Iterable[str]) -> bool:
    """Whether one of a file's headers means the day on which a lead came."""
    known = {header_key(header) for header in day_column(use_case).headers}
    return any(header_key(header) in known for header in headers)


def with_days(table: pa.Table, column: Column) -> tuple[pa.Table, str | None]:
    """The table with readable days, and the name of their column; None where there are none."""
    if column.name not in table.column_names or table[column.name].null_count == table.num_rows:
        return table, None
    if column.kind is Kind.DATE:
        return table, column.name
    place = table.column_names.index(column.name)
    return table.set_column(place, column.name, days_of(table[column.name])), column.name


def days_of(cells: pa.ChunkedArray) -> pa.Array:
    """The days with which cells of text begin; null where one begins with none.

    Examples
    --------
    >>> days_of(pa.chunked_array([["2026-03-02 06:00", "soon", None]])).to_pylist()
    [datetime.date(2026, 3, 2), None, None]
    """
    words = pc.unique(cells)
    days = pa.array([day_of(word) for word in words.to_pylist()], pa.date32())
    return days.take(pc.index_in(cells.combine_chunks(), value_set=words))


def day_of(text: str | None) -> date | None:
    """The day with which a cell begins; None where it begins with none."""
    try:
        return date.fromisoformat(text.strip()[:_ISO_DAY]) if text else None
    except ValueError:
        return None
