"""A figure over time as shapes to draw: nothing but numbers, colours come from the page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

#: Of the drawing, in units of its own; texts stand outside of it.
WIDTH, HEIGHT = 360, 130
#: Room above the largest value, as a share of it.
_HEADROOM = 0.15
_TICKS = 4
#: Of what is no figure of this world; a drawing of it would hide all others.
_LARGEST, _SMALLEST = 1e9, 1e-9
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A figure at one time.

    Parameters
    ----------
    at : datetime
        When, with a zone.
    value : float or None
        None where it could not be told.
    raised : bool, default=False
        Whether it asks for somebody.
    """

    at: datetime
    value: float | None
    raised: bool = False


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A reading in the drawing; `y` is None where there is nothing to place."""

    x: float
    y: float | None
    reading: Reading


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A place on an axis with its words."""

    at: float
    words: str


@dataclass(frozen=True, kw_only=True)
class TimeChart:
    """A figure over time.

    Parameters
    ----------
    marks : tuple of Mark
        Oldest first.
    lines : tuple of str
        Readings that follow each other without a gap, as polylines take them.
    bound : float or None
        Height of the threshold.
    bound_words : str
        The threshold itself; empty without one.
    across, up : tuple of Tick
        The axes.
    """

    marks: tuple[Mark, ...]
    lines: tuple[str, ...]
    bound: float | None
    bound_words: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]


def time_chart(
    readings: Sequence[Reading], *, bound: float | None = None, share: bool = False
) -> TimeChart | None:
    """Readings as shapes, in units of `WIDTH` and `HEIGHT` from the upper left corner.

    Parameters
    ----------
    readings : sequence of Reading
        In any order; a value that is not finite, or beyond all measure, counts as none.
    bound : float or None, default=None
        From where on it is raised; it is always within the drawing.
    share : bool, default=False
        Whether people read it in percent.

    Returns
    -------
    TimeChart or None
        None where no reading has a value: there is nothing to draw.

    Examples
    --------
    >>> day = datetime(2026, 11, 22, tzinfo=UTC)
    >>> chart = time_chart([Reading(at=day, value=0.1)], bound=0.2)
    >>> chart.marks[0].x == WIDTH / 2, 0 < chart.bound < chart.marks[0].y
    (True, True)
    """
    known = sorted((_finite(one) for one in readings), key=lambda one: one.at)
    values = [one.value for one in known if one.value is not None]
    if not values:
        return None
    top = max([*values, bound or 0.0]) * (1 + _HEADROOM)
    top = top if top > _SMALLEST else 1.0
    steps = _ticks(top)
    scale = max(top, steps[-1])
    marks = tuple(_marks(known, scale))
    return TimeChart(
        marks=marks,
        lines=tuple(_lines(marks)),
        bound=None if bound is None else _height(bound, scale),
        bound_words="" if bound is None else words_of(bound, share=share),
        across=tuple(_days(known)),
        up=tuple(Tick(at=_height(at, scale), words=words_of(at, share=share)) for at in steps),
    )


def words_of(value: float, *, share: bool) -> str:
    r"""A value of an axis as people read it.

    Examples
    --------
    >>> words_of(0.25, share=True), words_of(0.2, share=False)
    ('25\xa0%', '0.2')
    """
    return f"{100 * value:g}\N{NO-BREAK SPACE}%" if share else f"{value:g}"


def _finite(reading: Reading) -> Reading:
    if reading.value is None or abs(reading.value) <= _LARGEST:  # never so for NaN
        return reading
    return Reading(at=reading.at, value=None)


def _marks(readings: Sequence[Reading], scale: float) -> Iterator[Mark]:
    first, span = readings[0].at, (readings[-1].at - readings[0].at).total_seconds()
    for one in readings:
        gone = (one.at - first).total_seconds() / span if span else 0.5
        y = None if one.value is None else _height(max(0.0, one.value), scale)
        yield Mark(x=round(WIDTH * gone, 2), y=y, reading=one)


def _lines(marks: Sequence[Mark]) -> Iterator[str]:
    """A reading that could not be told is a gap: nobody knows what lay there."""
    held: list[str] = []
    for mark in (*marks, None):
        if mark is not None and mark.y is not None:
            held.append(f"{mark.x},{mark.y}")
            continue
        if len(held) > 1:
            yield " ".join(held)
        held = []


def _height(value: float, scale: float) -> float:
    return round(HEIGHT * (1 - value / scale), 2)


def _ticks(top: float) -> list[float]:
    """Round values from 0 up, at most `_TICKS` steps."""
    rough = top / _TICKS
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * step for step in _STEPS if size * step >= rough * 0.999)
    return [round(step * n, 10) for n in range(math.floor(top / step) + 1)]


def _days(readings: Sequence[Reading]) -> Iterator[Tick]:
    first, span = readings[0].at, readings[-1].at - readings[0].at
    form = "%-d %b" if span > timedelta(days=2) else "%-d %b, %H:%M"
    if not span:
        yield Tick(at=WIDTH / 2, words=f"{first.astimezone(UTC):{form}}")
        return
    for n in range(3):
        yield Tick(at=WIDTH * n / 2, words=f"{(first + span * n / 2).astimezone(UTC):{form}}")
