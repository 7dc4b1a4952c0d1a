"""Looks at week after week of leads, by the code that watches and the code that decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
import pyarrow as pa

from ml.contract.moments import Moment
from ml.contract.names import DriftState
from ml.contract.records import Interval
from ml.contract.retraining import Decision, DecisionAction, Look
from ml.contract.use_case import UseCase
from ml.contract.watch_policy import RetrainPolicy
from ml.contract.watching import Signal
from ml.core.columns import Floats
from ml.core.drift import judge, view
from ml.core.retraining import Seen, decide, lasting_losses
from ml.core.scoring import Scorer
from ml.core.watching.performance import performance_signals, shown_performance

_WEEK = timedelta(weeks=1)
_START = datetime(2025, 1, 6, 6, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Watcher:
    """A model in force and the rows that it is watched by.

    Parameters
    ----------
    use_case : UseCase
    moment : Moment
    scorer : Scorer
    train, test : Table
        Clean rows that it learnt from, and that it did not.
    """

    use_case: UseCase
    moment: Moment
    scorer: Scorer
    train: pa.Table
    test: pa.Table

    def look(self, rows: pa.Table, at: datetime) -> tuple[Look, tuple[Signal, ...]]:
        """What a watch of some rows finds, and how the model did on them."""
        columns, policy = self.use_case.schema.features(self.moment), self.use_case.drift
        model = view(self.scorer.predict, self.test, rows, columns=columns, policy=policy)
        found = judge(self.train, rows, columns=columns, policy=policy, model=model)
        signals = performance_signals(
            *self._scored(rows), expected=self._shown, policy=self.use_case.watch
        )
        look = Look(
            at=at.isoformat(), state=found.state, reasons=found.reasons, figures=found.figures(),
            losses=lasting_losses(signals),
        )  # fmt: skip
        return look, signals

    @cached_property
    def _shown(self) -> dict[str, Interval]:
        return shown_performance(*self._scored(self.test), policy=self.use_case.watch)

    def _scored(self, rows: pa.Table) -> tuple[Floats, Floats]:
        outcomes = rows[self.use_case.schema.target.name].to_numpy().astype(np.float64)
        return self.scorer.predict(rows), outcomes

    def decisions(self, weeks: Sequence[pa.Table]) -> Iterator[tuple[Look, Decision]]:
        """The look and the decision of each week; a retrain changes nothing, but is answered."""
        calm = RetrainPolicy(every_days=3_650, new_rows=10**9)
        case = replace(self.use_case, retrain=calm)
        looks: list[Look] = []
        trained = started = _START
        for number, rows in enumerate(weeks):
            now = _START + (number + 1) * _WEEK
            look, signals = self.look(rows, now)
            looks.insert(0, look)
            seen = Seen(
                now=now, looks=looks, signals=signals, trained_at=trained, started_at=started,
                labelled_rows=10_000,
            )  # fmt: skip
            decision = decide(case, self.moment, seen, id=f"{number}")
            yield looks[0], decision
            if decision.action == DecisionAction.RETRAIN:
                looks, trained, started = [], now, now


def weeks_of(table: pa.Table, rows: int) -> list[pa.Table]:
    """A stream, cut into weeks."""
    return [table.slice(first, rows) for first in range(0, table.num_rows - rows + 1, rows)]


def saw(look: Look) -> bool:
    """Whether it found drift, or a loss."""
    return look.state == DriftState.DRIFTED or bool(look.losses)
