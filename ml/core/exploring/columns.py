"""One column: what it holds, how often it is empty, and what happened for each of its values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.contract.names import NOT_CHOSEN, Kind
from ml.contract.records import Interval
from ml.contract.schema import Column
from ml.core.coding import Coded, Floats, value_writer
from ml.core.exploring.outcome import Outcome

#: Levels that a page shows; the others are told together.
_SHOWN_LEVELS = 12
_BARS = 24
#: Each end of a number's range that a histogram cuts off, so that one large value hides nothing.
_TAIL = 0.005


@dataclass(frozen=True, kw_only=True)
class LevelView:
    """Rows with one level, or one range of a number.

    Parameters
    ----------
    name : str
        The level in words.
    rows : int
    share : float
        Of all rows.
    outcome : Interval
        Rate or mean rating among them.
    apart : bool
        Whether it is no answer but its absence: missing, or a form's "Select".
    """

    name: str
    rows: int
    share: float
    outcome: Interval
    apart: bool = False


@dataclass(frozen=True, kw_only=True)
class NumberView:
    """The distribution of a number.

    Parameters
    ----------
    quantiles : tuple of str
        Least value, lower quartile, median, upper quartile and largest value, in words.
    mean : str or None
        None for dates.
    bars : tuple of float
        Rows per equal range, as shares of the highest bar.
    low, high : str
        Where the bars begin and end.
    beyond : int
        Rows outside of the bars.
    """

    quantiles: tuple[str, ...]
    mean: str | None
    bars: tuple[float, ...]
    low: str
    high: str
    beyond: int


@dataclass(frozen=True, kw_only=True)
class ColumnView:
    """All that is shown of one column."""

    name: str
    source: str
    label: str
    kind: str
    unit: str
    known_from: str
    declared: bool
    missing: int
    missing_share: float
    distinct: int
    number: NumberView | None
    levels: tuple[LevelView, ...]


def column_view(column: Column, coded: Coded, outcome: Outcome, *, declared: bool) -> ColumnView:
    """One column of a clean table."""
    levels = _levels(column, coded, outcome)
    values = coded.values
    known = None if values is None else values[~np.isnan(values)]
    return ColumnView(
        name=column.name,
        source=column.source,
        label=column.label,
        kind=column.kind.value.replace("_", "/"),
        unit=column.unit,
        known_from=column.known_from.name,
        declared=declared,
        missing=int(coded.missing.sum()),
        missing_share=coded.missing_share,
        distinct=len(coded.labels) if known is None else len(np.unique(known)),
        number=_number(column, known) if known is not None and known.size else None,
        levels=levels if values is not None else _shortened(levels, coded, outcome),
    )


def _levels(column: Column, coded: Coded, outcome: Outcome) -> tuple[LevelView, ...]:
    """Every place of a column that has rows: ranges and ranks in their order, levels by rows."""
    rows = coded.counts()
    means = outcome.by_group(coded.codes, len(rows))
    names = (*coded.labels, "(missing)")
    views = [
        LevelView(
            name=name,
            rows=int(count),
            share=float(count / len(coded.codes)),
            outcome=mean,
            apart=place == len(coded.labels) or name == NOT_CHOSEN,
        )
        for place, (name, count, mean) in enumerate(zip(names, rows, means, strict=True))
        if count
    ]
    if coded.values is None:
        rank = dict(zip(column.levels, range(len(column.levels)), strict=True))
        ranked = column.kind is Kind.ORDINAL
        views.sort(key=lambda one: (one.apart, rank.get(one.name, 0) if ranked else -one.rows))
    return tuple(views)


def _shortened(
    levels: tuple[LevelView, ...], coded: Coded, outcome: Outcome
) -> tuple[LevelView, ...]:
    """The commonest levels, the others as one, and what is no answer."""
    answers = [level for level in levels if not level.apart]
    if len(answers) <= _SHOWN_LEVELS + 1:
        return levels
    kept = {level.name for level in answers[:_SHOWN_LEVELS]}
    apart = [level for level in levels if level.apart]
    pooled = [name not in kept and name != NOT_CHOSEN for name in coded.labels] + [False]
    member = np.array(pooled)[coded.codes].astype(np.int64)
    others = LevelView(
        name=f"{len(answers) - _SHOWN_LEVELS} further levels",
        rows=int(member.sum()),
        share=float(member.mean()),
        outcome=outcome.by_group(member, 2)[1],
    )
    return (*answers[:_SHOWN_LEVELS], others, *apart)


def _number(column: Column, known: Floats) -> NumberView:
    write = value_writer(column.kind)
    low, high = np.quantile(known, [_TAIL, 1 - _TAIL])
    bars, edges = np.histogram(known, bins=_BARS, range=(low, high if high > low else low + 1))
    quantiles = np.quantile(known, [0, 0.25, 0.5, 0.75, 1], method="nearest")
    return NumberView(
        quantiles=tuple(map(write, quantiles)),
        mean=None if column.kind is Kind.DATE else f"{known.mean():,.4g}",
        bars=tuple((bars / bars.max()).tolist()),
        low=write(edges[0]),
        high=write(edges[-1]),
        beyond=int(known.size - bars.sum()),
    )
