"""The table over time, where it says which rows are newer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ml.contract.records import Interval
from ml.contract.schema import Schema
from ml.core.arrival import arrival_column, arrival_order
from ml.core.coding import Coded
from ml.core.exploring.outcome import Outcome

_SLICES = 12
#: Columns whose missing share moves most, and least that it has to move to be shown.
_SHOWN, _MOVED = 6, 0.1


@dataclass(frozen=True, kw_only=True)
class Line:
    """A column's missing share in each slice."""

    column: str
    shares: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class TimeView:
    """Slices of equally many rows, from old to new.

    Parameters
    ----------
    ordered_by : str
        The column that orders the rows.
    starts : tuple of str
        Its value where each slice begins.
    outcome : tuple of Interval
        Rate or mean rating of each.
    lines : tuple of Line
        Columns whose missing share moves most.
    """

    ordered_by: str
    starts: tuple[str, ...]
    outcome: tuple[Interval, ...]
    lines: tuple[Line, ...]


def time_view(
    table: pa.Table, schema: Schema, columns: Sequence[tuple[str, Coded]], outcome: Outcome
) -> TimeView | None:
    """The table over time; None where nothing orders its rows."""
    column, order = arrival_column(table, schema), arrival_order(table, schema)
    if column is None or order is None or len(order) < _SLICES:
        return None
    parts = np.array_split(order, _SLICES)
    which = np.empty(len(order), np.int64)
    for number, part in enumerate(parts):
        which[part] = number
    firsts = table[column.name].take(pa.array([part[0] for part in parts]))
    return TimeView(
        ordered_by=column.source,
        starts=tuple(str(value) for value in firsts.to_pylist()),
        outcome=tuple(outcome.by_group(which, _SLICES)),
        lines=_lines(columns, parts),
    )


def _lines(columns: Sequence[tuple[str, Coded]], parts: Sequence[np.ndarray]) -> tuple[Line, ...]:
    shares = {
        name: tuple(float(coded.missing[part].mean()) for part in parts) for name, coded in columns
    }
    moved = {name: max(line) - min(line) for name, line in shares.items()}
    most = sorted((name for name in moved if moved[name] >= _MOVED), key=lambda name: -moved[name])
    return tuple(Line(column=name, shares=shares[name]) for name in most[:_SHOWN])
