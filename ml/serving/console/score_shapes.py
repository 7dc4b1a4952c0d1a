"""Distributions and shares as shapes to draw: nothing but numbers, colours come from the page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ml.contract.modelling import Band
from ml.contract.records import ScoreBin, WatchRecord
from ml.contract.watching import Signal, Watched
from ml.serving.console.time_charts import HEIGHT, WIDTH, Tick, words_of

_HEADROOM = 0.1
_TICKS = (0.5, 1.0)
_DECILE = "decile_conversion"


@dataclass(frozen=True, kw_only=True)
class Bar:
    """Scores of now in one bin: where it stands, in units of the drawing."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True)
class ScoreChart:
    """Scores of now as bars, those of the reference as a line above the bins.

    Parameters
    ----------
    bars : tuple of Bar
    line : str
        Steps of the reference, as a polyline takes them.
    across, up : tuple of Tick
        The axes.
    bins : tuple of ScoreBin
        The figures themselves.
    """

    bars: tuple[Bar, ...]
    line: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    bins: tuple[ScoreBin, ...]


def score_chart(bins: Sequence[ScoreBin]) -> ScoreChart | None:
    """The histogram of both sides, in units of `WIDTH` and `HEIGHT`; None where there is none.

    Examples
    --------
    >>> chart = score_chart([ScoreBin(low=0, high=1, reference=0.5, current=1)])
    >>> chart.bars[0].height < HEIGHT, [tick.words for tick in chart.across]
    (True, ['0', '25', '50', '75', '100'])
    """
    known = [one for one in bins if _sound(one)]
    top = max((max(one.reference, one.current) for one in known), default=0.0)
    if not top > 0:
        return None
    scale = top * (1 + _HEADROOM)
    return ScoreChart(
        bars=tuple(_bar(one, scale) for one in known),
        line=" ".join(f"{x},{y}" for one in known for x, y in _steps(one, scale)),
        across=tuple(Tick(at=WIDTH * n / 4, words=str(25 * n)) for n in range(5)),
        up=tuple(Tick(at=_height(top * n, scale), words=_share(top * n)) for n in (0.0, *_TICKS)),
        bins=tuple(known),
    )


def _sound(one: ScoreBin) -> bool:
    """Whether a bin lies within 0 to 1 and holds shares; never so for NaN."""
    return 0 <= one.low < one.high <= 1 and all(0 <= x <= 1 for x in (one.reference, one.current))


def _bar(one: ScoreBin, scale: float) -> Bar:
    y = _height(one.current, scale)
    width = WIDTH * (one.high - one.low)
    return Bar(x=round(WIDTH * one.low, 2), y=y, width=round(width, 2), height=round(HEIGHT - y, 2))


def _steps(one: ScoreBin, scale: float) -> Iterator[tuple[float, float]]:
    y = _height(one.reference, scale)
    yield round(WIDTH * one.low, 2), y
    yield round(WIDTH * one.high, 2), y


def _height(value: float, scale: float) -> float:
    return round(HEIGHT * (1 - value / scale), 2)


def _share(value: float) -> str:
    return words_of(round(value, 3), share=True)


@dataclass(frozen=True, kw_only=True)
class Held:
    """A share beside what it was held to, in percent of the width of the drawing.

    Parameters
    ----------
    subject : str
    value : float
        What happened, 0 to 1.
    expected : float or None
        What was said, or was so before.
    raised : bool
    says : str
    """

    subject: str
    value: float
    expected: float | None
    raised: bool
    says: str


def conversion_by_band(record: WatchRecord | None, bands: Iterable[Band]) -> tuple[Held, ...]:
    """Share of each band's leads that converted, the best band first."""
    found = {one.subject: one for one in _shares(record, "conversion")}
    return tuple(found[band.name] for band in bands if band.name in found)


@dataclass(frozen=True, kw_only=True)
class Earned:
    """What the leads of a band brought.

    Parameters
    ----------
    band : str
    amount : float
        In the money that a win's worth was told in.
    share : float
        Of the best band's amount, 0 to 1: the length of its bar.
    """

    band: str
    amount: float
    share: float


def revenue_by_band(record: WatchRecord | None, bands: Iterable[Band]) -> tuple[Earned, ...]:
    """What each band's leads brought, the best band first; nothing where no worth was told."""
    found = {
        one.subject: one.value
        for one in (record.signals if record else ())
        if (one.watched, one.name) == (Watched.BUSINESS, "revenue") and _is_amount(one)
    }
    most = max((amount for amount in found.values() if amount), default=1.0)
    return tuple(
        Earned(band=band.name, amount=amount, share=amount / most)
        for band in bands
        if (amount := found.get(band.name)) is not None
    )


def _is_amount(signal: Signal) -> bool:
    return signal.value is not None and math.isfinite(signal.value) and signal.value >= 0


def calibration(record: WatchRecord | None) -> tuple[Held, ...]:
    """What was said and what happened, from the tenth with the lowest scores up."""
    return tuple(one for one in _shares(record, _DECILE) if one.expected is not None)


def _shares(record: WatchRecord | None, name: str) -> Iterator[Held]:
    for one in record.signals if record else ():
        if (one.watched, one.name) == (Watched.BUSINESS, name) and one.subject and _is_share(one):
            expected = one.expected if _between(one.expected) else None
            yield Held(
                subject=one.subject,
                value=one.value or 0.0,
                expected=expected,
                raised=bool(one.severity),
                says=one.says,
            )


def _is_share(signal: Signal) -> bool:
    return _between(signal.value)


def _between(value: float | None) -> bool:
    return value is not None and math.isfinite(value) and 0 <= value <= 1


def calibration_line(held: Sequence[Held], *, size: float) -> str:
    """Said and seen as a polyline, 0 to 1 on both axes of a square.

    Examples
    --------
    >>> one = Held(subject="decile 1", value=0.5, expected=0.25, raised=False, says="")
    >>> calibration_line([one], size=100)
    '25.0,50.0'
    """
    return " ".join(
        f"{round(size * (one.expected or 0), 2)},{round(size * (1 - one.value), 2)}" for one in held
    )
