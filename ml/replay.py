"""The replay: a year of synthetic leads with a planted event, through the loop as it is.

Each week an export is added to a folder and the loop takes its turn; only the clock is ours.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ml.contract.messages import Alert
from ml.contract.names import Score
from ml.contract.records import WatchRecord
from ml.contract.retraining import PastDecision
from ml.contract.use_case import UseCase
from ml.contract.watch_policy import RetrainPolicy
from ml.core.columns import Floats
from ml.core.generator import Scenario, generate_leads
from ml.core.metrics import METRICS
from ml.core.replaying import Event, ReplayResult, Week, scenario_of
from ml.core.replaying.story import wins_of
from ml.core.retraining import lasting_losses
from ml.core.scoring import Scorer
from ml.loop import Loop
from ml.pipeline import Pipeline
from ml.retrain import Means
from ml.steps.registered_scorer import registered_scorer
from ml.steps.watch_history import past_watches

#: Weeks that the first model learns from; later ones learn from as many rows.
HISTORY_WEEKS = 8
#: Leads of each kind that judge the models, and that none of them learns from.
_JUDGED, _JUDGED_SEED, _NEW_SEED = 20_000, 1_000_003, 2_000_003
#: Share of a week's leads that the team can work.
_WORKED = 0.2
_LONG = 10 * 365.0
_START = date(2025, 1, 6)
_WEEK, _SIX = timedelta(weeks=1), timedelta(hours=6)


@dataclass(frozen=True, kw_only=True)
class Replaying:
    """What is replayed.

    Parameters
    ----------
    event : Event
    week : int
        The first week that is different, from 1 on.
    weeks : int, default=52
    rows_a_week : int, default=500
    seed : int, default=0
        Of leads and of training.
    schedule : bool, default=False
        Train each week as well; without, only what is seen asks, so that false retrains count.
    """

    event: Event
    week: int
    weeks: int = 52
    rows_a_week: int = 500
    seed: int = 0
    schedule: bool = False

    def use_case(self, case: UseCase) -> UseCase:
        """The use case with policies of the replay."""
        own = case.retrain
        policy = RetrainPolicy(
            every_days=own.every_days if self.schedule else _LONG,
            new_rows=10**9,
            cooldown_hours=own.cooldown_hours,
            lease_minutes=own.lease_minutes,
            most_rows=HISTORY_WEEKS * self.rows_a_week,
            non_inferiority_margin=own.non_inferiority_margin,
        )
        # Floors of quality are those of the leads that the use case was made for: where a field is
        # lost the best model may lie below, and must yet replace a worse one.
        gates = tuple((at, gate) for at, gate in case.gates if not isinstance(gate.score, Score))
        # Made-up leads are decided by the time they are exported, the youngest a day old.
        watch = replace(case.watch, label_days=1)
        return replace(case, retrain=policy, watch=watch, gates=gates)

    @property
    def scenario(self) -> Scenario:
        """The whole stream, the weeks before the first among them."""
        weeks = HISTORY_WEEKS + self.weeks
        return scenario_of(self.event, weeks=weeks, week=HISTORY_WEEKS + self.week - 1)

    def changed(self, week: int) -> bool:
        """Whether the event has begun."""
        return self.event is not Event.NONE and week >= self.week


class Clock:
    """Time that a replay moves."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class _Unheard:
    """Alerts of leads that are not real."""

    def send(self, alert: Alert) -> None: ...


class Replay:
    """One replay on a scratch home.

    Parameters
    ----------
    pipeline : Pipeline
        Of a home that nobody needs, with the use case as `Replaying.use_case` gives it.
    aside : Pipeline
        Of another one, for the model that only knows how leads are after the event.
    means : Means
    folder : Path
        For the exports.
    what : Replaying
    tell : callable
        Hears of each week in a sentence.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        aside: Pipeline,
        means: Means,
        folder: Path,
        what: Replaying,
        tell: Callable[[str], None],
    ) -> None:
        self._clock = Clock(_day(0))
        case = pipeline.use_case
        runtime = replace(pipeline.runtime, now=self._clock, alerts=_Unheard())
        self._pipeline = Pipeline(case, runtime, pipeline.moment, seed=what.seed)
        self._aside, self._folder, self._what, self._tell = aside, folder, what, tell
        self._loop = Loop(self._pipeline, means, folder, report=False)
        self._model = case.model_name(pipeline.moment)
        self._scorers: dict[str, Scorer] = {}
        self._judged: dict[tuple[str, bool], tuple[float, float]] = {}

    def run(self) -> ReplayResult:
        """All weeks, the first model before them."""
        began = time.monotonic()
        self._export(0, HISTORY_WEEKS)
        first = self._turn(0)
        self._tell(f"before: {first.outcome.says if first.outcome else first.decision.reasons}")
        weeks = tuple(self._week(number) for number in range(1, self._what.weeks + 1))
        changed = self._what.changed(self._what.weeks)
        return ReplayResult(
            event=self._what.event.value,
            event_week=self._what.week if self._what.event is not Event.NONE else None,
            seed=self._what.seed,
            rows_a_week=self._what.rows_a_week,
            capacity=self._capacity,
            weeks=weeks,
            auc_end=self._figures(self._served(), changed)[0],
            auc_new=self._auc_new() if self._what.event is not Event.NONE else None,
            seconds=round(time.monotonic() - began, 1),
        )

    @property
    def _capacity(self) -> int:
        return max(1, round(_WORKED * self._what.rows_a_week))

    def _week(self, number: int) -> Week:
        version, changed = self._served(), self._what.changed(number)
        frame = self._export(number, 1)
        past = self._turn(number)
        leads, outcome = self._cleaned(frame, f"week-{number}")
        auc, error = self._figures(version, changed)
        auc_never, error_never = self._figures("1", changed)
        wins, never = (
            wins_of(outcome.tolist(), self._scorer(each).predict(leads).tolist(), self._capacity)
            for each in (version, "1")
        )
        look = self._look()
        week = Week(
            number=number, changed=changed, state=look.state,
            losses=lasting_losses(look.signals), action=past.decision.action,
            reasons=tuple(trigger.reason for trigger in past.decision.triggers),
            ended=past.outcome.ended if past.outcome else "",
            says=past.outcome.says if past.outcome else "", version=version, auc=auc,
            auc_never=auc_never, calibration_error=error, calibration_error_never=error_never,
            wins=wins, wins_never=never,
        )  # fmt: skip
        self._tell(f"week {number}: {week.state} {week.action} {week.ended} {week.says}".strip())
        return week

    def _turn(self, week: int) -> PastDecision:
        """The loop's turn on the morning after a week."""
        self._clock.now = _day(HISTORY_WEEKS + week)
        return self._loop.turn()

    def _look(self) -> WatchRecord:
        case, moment = self._pipeline.use_case, self._pipeline.moment
        return past_watches(self._pipeline.runtime.lake, case.name, moment, most=1)[0]

    def _export(self, week: int, weeks: int) -> pd.DataFrame:
        """Add the leads of a week to the folder, as a CRM would."""
        rows = self._what.rows_a_week
        first = 0 if week == 0 else (HISTORY_WEEKS + week - 1) * rows
        frame = self._stream.iloc[first : first + weeks * rows]
        day = _day(HISTORY_WEEKS + week)
        frame.to_csv(self._folder / f"{day:%Y-%m-%d}.csv", index=False)
        return frame

    @cached_property
    def _stream(self) -> pd.DataFrame:
        rows = (HISTORY_WEEKS + self._what.weeks) * self._what.rows_a_week
        return _leads(rows, self._what.seed, self._what.scenario)

    def _served(self) -> str:
        served = self._pipeline.runtime.endpoint.current(self._model)
        return served.version if served else ""

    def _scorer(self, version: str) -> Scorer:
        if version not in self._scorers:
            self._scorers[version] = _scorer(self._pipeline, version)
        return self._scorers[version]

    def _figures(self, version: str, changed: bool) -> tuple[float, float]:
        """AUC and calibration error of a version on leads of a kind."""
        if (version, changed) not in self._judged:
            leads, outcome = self._new if changed else self._old
            said = self._scorer(version).predict(leads)
            self._judged[version, changed] = (
                METRICS[Score.ROC_AUC](outcome, said), METRICS[Score.ECE](outcome, said),
            )  # fmt: skip
        return self._judged[version, changed]

    @cached_property
    def _old(self) -> tuple[pa.Table, Floats]:
        scenario = scenario_of(Event.NONE, weeks=1, week=0)
        return self._cleaned(_leads(_JUDGED, _JUDGED_SEED, scenario), "old")

    @cached_property
    def _new(self) -> tuple[pa.Table, Floats]:
        scenario = scenario_of(self._what.event, weeks=1, week=0)
        return self._cleaned(_leads(_JUDGED, _JUDGED_SEED, scenario), "new")

    def _cleaned(self, frame: pd.DataFrame, name: str) -> tuple[pa.Table, Floats]:
        """Clean rows and their outcomes, by way of the other home: this one sees exports only."""
        file = self._folder.with_name(f"{name}.csv")
        frame.to_csv(file, index=False)
        table = self._aside.clean_table(file)
        target = self._pipeline.use_case.schema.target.name
        return table, table[target].to_numpy().astype(np.float64)

    def _auc_new(self) -> float:
        """Of a model that learnt from as many leads, all of them as they are after the event."""
        rows = HISTORY_WEEKS * self._what.rows_a_week
        scenario = scenario_of(self._what.event, weeks=1, week=0)
        file = self._folder.with_name("learnt-new.csv")
        _leads(rows, _NEW_SEED + self._what.seed, scenario).to_csv(file, index=False)
        aside = self._aside
        frozen = aside.snapshot(aside.clean(aside.ingest(file)))
        trained = aside.train(aside.split(frozen), frozen)
        leads, outcome = self._new
        return METRICS[Score.ROC_AUC](outcome, _scorer(aside, trained.version).predict(leads))


def _scorer(pipeline: Pipeline, version: str) -> Scorer:
    model = pipeline.use_case.model_name(pipeline.moment)
    found = pipeline.runtime.registry.get(model, version)
    if found is None:
        raise LookupError(f"version {version} of {model}")
    return registered_scorer(pipeline.use_case, pipeline.runtime, found, pipeline.moment)


def _leads(rows: int, seed: int, scenario: Scenario) -> pd.DataFrame:
    chunks = list(generate_leads(rows=rows, seed=seed, scenario=scenario))
    return pd.concat(chunks, ignore_index=True)


def _day(weeks: int) -> datetime:
    return datetime(_START.year, _START.month, _START.day, tzinfo=UTC) + weeks * _WEEK + _SIX
