"""What the page Drift shows of one look: its columns, how they moved, and how they did before."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ml.contract.errors import UnknownName
from ml.contract.records import ColumnBin, ColumnDrift, WatchRecord
from ml.contract.schema import Schema
from ml.contract.watching import Signal, SignalState
from ml.serving.console.time_charts import Reading, TimeChart, time_chart
from ml.serving.console.watch_times import watched_at

#: Of the newest looks, those that a column's drawing shows; there are many columns.
_COLUMN_LOOKS = 30


@dataclass(frozen=True, kw_only=True)
class BinView:
    """Shares of one bin, and how long their bars are, in percent of the width."""

    bin: ColumnBin
    before: float
    now: float


@dataclass(frozen=True, kw_only=True)
class ColumnView:
    """One column.

    Parameters
    ----------
    column : ColumnDrift
    label : str
        How people call it.
    chart : TimeChart or None
        Its index over the newest looks; None where it was seen once only.
    bins : tuple of BinView
        Empty where the record has none.
    raised : tuple of Signal
        What is raised of it.
    place : int
        Where its record has it, from 1; part of its address on the page.
    """

    column: ColumnDrift
    label: str
    chart: TimeChart | None
    bins: tuple[BinView, ...]
    raised: tuple[Signal, ...]
    place: int

    @property
    def loud(self) -> bool:
        """Whether somebody should see its picture without asking."""
        return self.column.drifted or bool(self.raised)


def look_at(watches: Sequence[WatchRecord], at: str) -> WatchRecord | None:
    """The watch of a time as an address names it; the newest for an empty one.

    Raises
    ------
    UnknownName
        If there is none of that time.
    """
    if not at:
        return watches[0] if watches else None
    found = next((one for one in watches if one.watched_at == at), None)
    if found is None:
        raise UnknownName("look", at[:40], [one.watched_at for one in watches[:5]])
    return found


def column_views(
    record: WatchRecord, watches: Sequence[WatchRecord], schema: Schema, bound: float
) -> list[ColumnView]:
    """The columns of a look, those that drifted first, then by how far they moved."""
    return sorted(_views(record, watches, schema, bound), key=_order)


def _order(view: ColumnView) -> tuple[bool, bool, float]:
    psi = view.column.psi
    return not view.column.drifted, not view.raised, -psi if math.isfinite(psi) else 0.0


def _views(
    record: WatchRecord, watches: Sequence[WatchRecord], schema: Schema, bound: float
) -> Iterator[ColumnView]:
    told = watches[:_COLUMN_LOOKS]
    labels = {column.name: column.label for column in schema.columns}
    for place, column in enumerate(record.columns, 1):
        readings = _readings(column.column, told)
        yield ColumnView(
            column=column,
            label=labels.get(column.column, column.column),
            chart=time_chart(readings, bound=bound) if len(readings) > 1 else None,
            bins=_bins(column),
            raised=tuple(
                one
                for one in record.signals
                if one.subject == column.column and one.state == SignalState.RAISED
            ),
            place=place,
        )


def _readings(column: str, watches: Sequence[WatchRecord]) -> list[Reading]:
    return [
        Reading(at=at, value=one.psi, raised=one.drifted)
        for record in watches
        if (at := watched_at(record))
        for one in record.columns
        if one.column == column
    ]


def _bins(column: ColumnDrift) -> tuple[BinView, ...]:
    sound = [one for one in column.bins if _share(one.reference) and _share(one.current)]
    most = max((max(one.reference, one.current) for one in sound), default=0.0) or 1.0
    return tuple(
        BinView(
            bin=one,
            before=round(100 * one.reference / most, 2),
            now=round(100 * one.current / most, 2),
        )
        for one in sound
    )


def _share(value: float) -> bool:
    return 0 <= value <= 1


def over_time(
    watches: Sequence[WatchRecord], figure: str, *, bound: float, share: bool = False
) -> TimeChart | None:
    """A figure of whole looks over time.

    Parameters
    ----------
    figure : str
        ``"drifted_share"`` or ``"prediction_psi"``.
    """
    readings = [_reading(at, getattr(one, figure), bound) for one, at in _dated(watches)]
    return time_chart(readings, bound=bound, share=share)


def _dated(watches: Sequence[WatchRecord]) -> Iterator[tuple[WatchRecord, datetime]]:
    return ((one, at) for one in watches if (at := watched_at(one)))


def _reading(at: datetime, value: float | None, bound: float) -> Reading:
    return Reading(at=at, value=value, raised=value is not None and value >= bound)
