"""Reliability of versions as lines to draw: nothing but numbers, colours come from the page."""

from __future__ import annotations

from dataclasses import dataclass

from ml.core.model_story import ModelStory, VersionStory

#: Of the drawing, in units of its own; 0 to 1 on both axes.
SIZE = 100


@dataclass(frozen=True, kw_only=True)
class ReliabilityLine:
    """One version in the drawing.

    Parameters
    ----------
    role, version : str
        Which one it is.
    points : list of (float, float)
        Where it was said and seen, in units of the drawing from its upper left corner.
    band : str
        Outline of the 95 % band.
    bins : list of dict
        The figures themselves.
    """

    role: str
    version: str
    points: list[tuple[float, float]]
    band: str
    bins: list[dict[str, float]]

    @property
    def path(self) -> str:
        """The points as a polyline takes them."""
        return _text(self.points)


def reliability_lines(story: ModelStory) -> list[ReliabilityLine]:
    """Champion and challenger, as far as their cards know how reliable they are."""
    beside = (("champion", story.champion), ("challenger", story.challenger))
    return [_line(role, one) for role, one in beside if one and one.card and _bins(one)]


def _line(role: str, one: VersionStory) -> ReliabilityLine:
    bins = _bins(one)
    upper = [_place(each["said"], each["high"]) for each in bins]
    lower = [_place(each["said"], each["low"]) for each in bins]
    return ReliabilityLine(
        role=role,
        version=one.version,
        points=[_place(each["said"], each["seen"]) for each in bins],
        band=_text([*upper, *reversed(lower)]),
        bins=bins,
    )


def _bins(one: VersionStory) -> list[dict[str, float]]:
    bins: list[dict[str, float]] = (one.card or {}).get("reliability", [])
    return bins


def _place(said: float, seen: float) -> tuple[float, float]:
    return round(SIZE * said, 2), round(SIZE * (1 - seen), 2)


def _text(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
