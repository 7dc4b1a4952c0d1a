"""Levels that all but decide the outcome."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.core.coding import Coded
from ml.core.leakage.event import Event
from ml.core.shares import wilson

#: Fewer rows of a level decide nothing.
MINIMUM_ROWS = 30
#: A level decides if the outcome that it speaks against is at least so many times rarer than
#: among all rows, at the careful end of the interval. Measured; see docs/adr/0028.
TIMES_RARER = 6.0


@dataclass(frozen=True, kw_only=True)
class DecidedLevel:
    """A level whose rows nearly all have one outcome.

    Parameters
    ----------
    level : str or None
        None for missing.
    rows : int
        Rows that have it.
    rate, low, high : float
        Share of them where the event happened, with its 95 % Wilson interval.
    happens : bool
        Whether it is the event that the level announces, or its absence.
    """

    level: str | None
    rows: int
    rate: float
    low: float
    high: float
    happens: bool


def decided_levels(column: Coded, event: Event) -> tuple[DecidedLevel, ...]:
    """Near-deterministic levels, the commonest first."""
    rows, hits = column.counts(), column.counts(event.happened)
    low, high = wilson(hits, rows)
    enough = rows >= MINIMUM_ROWS
    never = enough & (high * TIMES_RARER <= event.rate)
    always = enough & ((1 - low) * TIMES_RARER <= 1 - event.rate)
    places = np.flatnonzero(never | always)
    labels = (*column.labels, None)
    return tuple(
        DecidedLevel(
            level=labels[place],
            rows=int(rows[place]),
            rate=float(hits[place] / rows[place]),
            low=float(low[place]),
            high=float(high[place]),
            happens=bool(always[place]),
        )
        for place in places[np.argsort(-rows[places], kind="stable")]
    )


def decided_shares(levels: tuple[DecidedLevel, ...], rows: int) -> tuple[float, float]:
    """Shares of all rows with a level that announces the event, and one that rules it out."""
    for_it = sum(level.rows for level in levels if level.happens)
    return for_it / rows, sum(level.rows for level in levels if not level.happens) / rows
