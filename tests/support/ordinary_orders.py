"""Ordinary orders, whose shares are exact, for tests of the data checks."""

from dataclasses import replace
from datetime import date, timedelta

import pyarrow as pa

from ml.contract.modelling import BinaryTask
from ml.contract.names import Kind, Role
from ml.contract.schema import Column, Schema
from ml.core.quarantine import QUARANTINE_SCHEMA
from tests.support.checking import TODAY, clean_file
from tests.support.small_use_case import small_use_case

_TIME = Column(name="arrived", source="Arrived", kind=Kind.DATE, role=Role.TIME)
SMALL = small_use_case(BinaryTask(event="returns"))
CASE = replace(
    SMALL,
    schema=Schema(
        columns=tuple(
            replace(column, usual_high=500.0) if column.name == "price" else column
            for column in (*SMALL.schema.columns, _TIME)
            if column.name != "empty"
        )
    ),
)
ROWS = 1_200
_SIZES = ("small", "middle", "large")


def order(n):
    """An ordinary order; by number, so that shares are exact."""
    return {
        "order_id": f"o{n:05}",
        "rating": int(n % 5 == 0),
        "price": 10.0 + n % 97,
        "items": 1 + n % 8,
        "gift": n % 4 == 0,
        "region": ("North", "South", "East")[n % 3],
        "region_group": "Cold" if n % 3 == 0 else "Warm",
        "size": _SIZES[n % 3],
        "shop": f"Shop {n % 6}",
        "ordered": date(2025, 1, 1) + timedelta(days=n % 90),
        "late_note": float(n % 11) if n % 10 else None,
        "arrived": TODAY - timedelta(days=1 + n // 15),
    }


def orders(change=None, rows=ROWS):
    """A clean table of them; `change` gives the cells that differ, by number and row."""
    made = [order(n) for n in range(rows)]
    changes = [change(n, row) if change else {} for n, row in enumerate(made)]
    return clean_file(CASE, [row | changed for row, changed in zip(made, changes, strict=True)])


def held(rows, column="Price", lines=None):
    """A quarantine."""
    rules = {"rule": "NUMBER_FORMAT", "message": "m", "hint": "h", "value": "x", "raw": "r"}
    lines = lines or range(2_000, 2_000 + rows)
    return pa.Table.from_pylist(
        [{"line_number": n, "column": column} | rules for n in lines], schema=QUARANTINE_SCHEMA
    )


def only(said, check):
    """The one finding of a check."""
    (found,) = said.of(check)
    return found
