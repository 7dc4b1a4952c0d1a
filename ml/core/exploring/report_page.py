"""The exploration as a page."""

from __future__ import annotations

from collections.abc import Iterable

from ml.contract.modelling import BinaryTask
from ml.contract.moments import Moment
from ml.contract.records import Interval
from ml.contract.use_case import UseCase
from ml.core.exploring.columns import LevelView
from ml.core.exploring.explore import Exploration
from ml.core.exploring.outcome import Outcome
from ml.core.reports import page

Mark = tuple[float, float, float, str]


def exploration_page(view: Exploration, use_case: UseCase, moment: Moment, file: str) -> str:
    """The exploration as one HTML document.

    Parameters
    ----------
    file : str
        What the page calls the rows.
    """
    task, outcome = use_case.task, view.outcome
    return page(
        f"{use_case.title}: what the file holds",
        "exploration.html",
        view=view,
        file=file,
        moment=moment,
        target=use_case.schema.target.source,
        outcome_name=task.event.capitalize() if isinstance(task, BinaryTask) else "Mean rating",
        undeclared=[column.source for column in view.columns if not column.declared],
        verdict_of={finding.source: finding for finding in view.leakage.columns},
        some_apart=any(level.apart for column in view.columns for level in column.levels),
        scale=("0 %", "100 %") if outcome.is_rate else outcome.limits,
        marks=lambda levels: [_level_mark(level, outcome) for level in levels],
        time_marks=_time_marks(view),
    )


def _level_mark(level: LevelView, outcome: Outcome) -> Mark:
    return _mark(level.outcome, outcome, f"{level.name}: {level.rows:,} rows")


def _time_marks(view: Exploration) -> list[Mark]:
    seen = view.over_time
    if seen is None:
        return []
    named: Iterable[tuple[str, Interval]] = zip(seen.starts, seen.outcome, strict=True)
    return [_mark(mean, view.outcome, f"from {start}") for start, mean in named]


def _mark(mean: Interval, outcome: Outcome, label: str) -> Mark:
    low, value, high = (outcome.place(x) for x in (mean.low, mean.value, mean.high))
    told = f"{mean.value:.1%}" if outcome.is_rate else f"{mean.value:.2f}"
    return low, value, high, f"{label}, {told}"
