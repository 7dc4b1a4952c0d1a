"""Rows by the week in which they arrived."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

#: Where rows without a date go.
UNDATED = "undated"


def by_week(table: pa.Table, day: str) -> dict[str, pa.Table]:
    """Each row once, under its ISO week; weeks ascend, rows without a date stand last.

    Parameters
    ----------
    table : pyarrow.Table
        Clean rows.
    day : str
        Column of dates.

    Examples
    --------
    >>> from datetime import date
    >>> rows = pa.table({"day": [date(2027, 1, 1), None, date(2026, 11, 21)]})
    >>> {week: part.num_rows for week, part in by_week(rows, "day").items()}
    {'2026-W47': 1, '2026-W53': 1, 'undated': 1}
    """
    weeks = pc.fill_null(pc.strftime(table.column(day), format="%G-W%V"), UNDATED)
    found = sorted(weeks.unique().to_pylist())
    return {week: table.filter(pc.equal(weeks, week)) for week in found}
