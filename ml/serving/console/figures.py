"""Metrics of two versions beside each other, each with its interval and a place to draw it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ml.contract.names import Score
from ml.contract.records import JsonObject
from ml.core.model_story import ModelStory

#: Room beside the widest interval, as a share of it.
_MARGIN = 0.15


@dataclass(frozen=True, kw_only=True)
class Span:
    """An interval: its figures, and where it is drawn, in percent of the width."""

    value: float
    low: float
    high: float
    at: float
    left: float
    right: float


@dataclass(frozen=True, kw_only=True)
class FigureRow:
    """One metric of champion and challenger."""

    words: str
    lower_is_better: bool
    champion: Span | None
    challenger: Span | None


def figure_rows(story: ModelStory) -> list[FigureRow]:
    """Every metric that one of the two cards holds.

    The challenger's card has the champion's figures on the same rows, so those are shown where it
    was judged beside the champion of now.
    """
    now, young = story.champion, story.challenger
    told = _of(young.card if young else None)
    beside = bool(young and young.judged and now and young.judged.before == now.version)
    champion = {name: one["champion"] for name, one in told.items()} if beside else {}
    own = _of(now.card if now else None)
    champion = {**own, **{name: one for name, one in champion.items() if one}}
    names = list(dict.fromkeys([*own, *told]))
    return [_row(name, own | told, champion.get(name), told.get(name)) for name in names]


def _of(card: JsonObject | None) -> dict[str, Any]:
    return {one["score"]: one for one in (card or {}).get("figures", [])}


def _row(name: str, told: dict[str, Any], now: Any, young: Any) -> FigureRow:
    shown = [one for one in (now, young) if one]
    low, high = min(one["low"] for one in shown), max(one["high"] for one in shown)
    margin = _MARGIN * (high - low) or 1.0
    start, width = low - margin, high - low + 2 * margin

    def place(value: float) -> float:
        return round(float(100 * (value - start) / width), 2)

    def span(one: Any) -> Span | None:
        if not one:
            return None
        ends = {key: one[key] for key in ("value", "low", "high")}
        return Span(
            **ends, at=place(ends["value"]), left=place(ends["low"]), right=place(ends["high"])
        )

    return FigureRow(
        words=told[name]["words"],
        lower_is_better=Score(name).lower_is_better,
        champion=span(now),
        challenger=span(young),
    )
