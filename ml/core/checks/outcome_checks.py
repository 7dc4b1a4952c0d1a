"""Checks of the outcome that is to be learnt."""

from __future__ import annotations

from collections.abc import Iterator

from ml.core.checks.chance import beyond_chance
from ml.core.checks.figures import Figures
from ml.core.checks.seen import Seen, Sight, percent


def target(sight: Sight) -> Iterator[Seen]:
    """Outcomes that the task does not know, and outcomes that are all the same."""
    column, words = sight.use_case.schema.target, sight.use_case.task.target_words
    if sight.now.strange_targets:
        said = f"{column.source} is not one of {', '.join(words)} in {{}} rows"
        yield _seen(sight, sight.now.strange_targets, said)
    levels = sight.of(column).levels
    if len(levels) == 1:
        (only,) = levels
        yield _seen(sight, levels[only], f"{column.source} is {only} in all {{}} rows")


def _seen(sight: Sight, rows: int, said: str) -> Seen:
    name = sight.use_case.schema.target.name
    return Seen(figure=rows, said=said.format(f"{rows:,}"), columns=(name,), rows=rows)


def base_rate(sight: Sight) -> Iterator[Seen]:
    """The mean outcome beside before."""
    if not sight.before:
        return
    now, before = _rate(sight, sight.now), _rate(sight, sight.before)
    if now is None or before is None:
        return
    if beyond_chance(now, sight.now.rows, before, sight.before.rows):
        column = sight.use_case.schema.target
        yield Seen(figure=abs(now - before), said=_said(sight, now, before), columns=(column.name,))


def _said(sight: Sight, now: float, before: float) -> str:
    column, words = sight.use_case.schema.target, sight.use_case.task.target_words
    if len(words) == 2:
        return (
            f"{column.source} is {words[-1]} in {percent(now)} of rows; before, {percent(before)}"
        )
    low, high = float(words[0]), float(words[-1])
    means = [low + rate * (high - low) for rate in (now, before)]
    return f"{column.source} is {means[0]:.2f} on average; before, {means[1]:.2f}"


def _rate(sight: Sight, figures: Figures) -> float | None:
    """Mean outcome from 0, the lowest, to 1, the highest; None without a known outcome."""
    words = sight.use_case.task.target_words
    column = figures.columns.get(sight.use_case.schema.target.name)
    known = {word: column.levels.get(word, 0) for word in words} if column else {}
    rows = sum(known.values())
    if not rows:
        return None
    mean = sum(float(word) * count for word, count in known.items()) / rows
    return (mean - float(words[0])) / (float(words[-1]) - float(words[0]))
