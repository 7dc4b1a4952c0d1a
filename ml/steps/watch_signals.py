"""The signals of a watch: what each figure says of the rows, the scores, the outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median

from ml.contract.modelling import BinaryTask
from ml.contract.moments import Moment
from ml.contract.records import ScoreBin
from ml.contract.use_case import UseCase
from ml.contract.watching import Signal, Watched
from ml.core.scoring import Scorer
from ml.core.watching.arrivals import VOLUME
from ml.core.watching.data import data_signals
from ml.core.watching.predictions import prediction_signals, score_bins
from ml.ports import Runtime
from ml.steps.watch_history import past_watches
from ml.steps.watched_outcomes import Lines, outcome_signals_of
from ml.steps.watched_sides import Sides

#: Earlier watches that say how many rows are usual, and the fewest that can.
_LOOKED_BACK, _HISTORY = 12, 4


def in_utc(now: datetime) -> datetime:
    """A time in UTC; one without a zone is in UTC already."""
    return now.astimezone(UTC) if now.tzinfo else now.replace(tzinfo=UTC)


def signals_of(
    use_case: UseCase, runtime: Runtime, moment: Moment, sides: Sides, lines: Lines
) -> tuple[Signal, ...]:
    """All signals about data, predictions, performance and business.

    A model of another task than a binary one has no probabilities: nothing is said of those.
    """
    weekly, per_file = _usual(use_case, runtime, moment)
    found = data_signals(
        sides.before,
        sides.now,
        columns=use_case.schema.features(moment),
        policy=use_case.watch,
        drift=use_case.drift,
        drifts=sides.judgement.columns,
        importance=sides.model.importance if sides.model else None,
        now=runtime.now(),
        time_column=sides.day_column,
        usual_weekly=weekly,
        usual_file=per_file,
    )
    if sides.scorer is None or not isinstance(use_case.task, BinaryTask):
        return found
    scorer, now = sides.scorer, in_utc(runtime.now())
    of_outcomes = outcome_signals_of(use_case, sides, scorer, lines, now=now)
    return (*found, *_of_scores(use_case, sides, scorer), *of_outcomes)


def _of_scores(use_case: UseCase, sides: Sides, scorer: Scorer) -> tuple[Signal, ...]:
    unlearned, said = sides.unlearned, sides.model
    before = said.reference if said else None if unlearned is None else scorer.predict(unlearned)
    now = said.current if said else scorer.predict(sides.now)
    return prediction_signals(
        before, now, bands=use_case.bands, policy=use_case.watch, drift=use_case.drift
    )


def score_histogram(sides: Sides) -> tuple[ScoreBin, ...]:
    """The scores of both sides in twenty bins; empty where they were not compared."""
    return score_bins(sides.model.reference, sides.model.current) if sides.model else ()


def _usual(
    use_case: UseCase, runtime: Runtime, moment: Moment
) -> tuple[float | None, float | None]:
    """Rows of a usual week and of a usual file: the medians of those that were watched of late."""
    past = past_watches(runtime.lake, use_case.name, moment, most=_LOOKED_BACK)
    weekly = [
        signal.value
        for record in past
        for signal in record.signals
        if signal.watched == Watched.DATA and signal.name == VOLUME and signal.value is not None
    ]
    return _middle(weekly), _middle([record.rows.accepted for record in past])


def _middle(rows: Sequence[float]) -> float | None:
    return float(median(rows)) if len(rows) >= _HISTORY else None
