"""Evaluate: what the test rows say of the challenger, beside the champion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ml.contract.errors import DependencyUnavailable, UntrustedPackage
from ml.contract.moments import Moment
from ml.contract.names import Alias, Score, Step
from ml.contract.records import GateResult, Interval, SplitRecord, TrainRecord, Verdict
from ml.contract.use_case import UseCase
from ml.core.comparison import Comparison, check_gates, check_predictions, compare, objections
from ml.core.dataset_parts import fetch_part
from ml.core.metrics import check_outcomes
from ml.core.plots import judging_plots
from ml.core.resampling import intervals
from ml.core.scoring import Scorer
from ml.ports import Alert, ModelVersion, Runtime
from ml.steps.registered_scorer import registered_scorer
from ml.steps.run_files import keep

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class _Findings:
    """What the test rows said."""

    outcome: Floats
    predicted: Floats
    unusable: str
    intervals: dict[Score, Interval]
    gates: tuple[GateResult, ...]
    comparison: Comparison | None

    @property
    def figures(self) -> dict[str, float]:
        return {str(score): interval.value for score, interval in self.intervals.items()}

    @property
    def objections(self) -> list[str]:
        return list(objections(self.unusable, self.gates, self.comparison))


def evaluate(
    use_case: UseCase,
    runtime: Runtime,
    *,
    train: TrainRecord,
    split: SplitRecord,
    moment: Moment,
    margin: float = 0.0,
    seed: int = 0,
) -> Verdict:
    """Judge the challenger's package on the test rows.

    It is approved if its predictions are usable, every gate of the moment holds and, where there
    is a champion, it is better than that on the same rows beyond luck (see `compare`).

    Parameters
    ----------
    train : TrainRecord
        Names the challenger.
    split : SplitRecord
        Names the test rows; nothing before this step has read them.
    moment : Moment
        Whose gates apply.
    margin : float, default=0
        What the whole interval of the difference to the champion has to exceed; below 0 it
        also lets in a challenger that is no more than that much worse.
    seed : int, default=0
        Seed of the bootstrap.

    Raises
    ------
    DependencyUnavailable
        If the challenger is no longer registered, or the registry is away.
    UntrustedPackage
        If the challenger's package is not what was registered.
    TooFewOutcomes
        If the test rows hold too few of an outcome to judge by.
    """
    runtime.progress.start(Step.EVALUATE)
    challenger = runtime.registry.get(train.model, train.version)
    if challenger is None:
        raise DependencyUnavailable(
            f"the registry holds no version {train.version} of {train.model}; train again"
        )
    champion = runtime.registry.aliased(train.model, Alias.CHAMPION)
    rival = None if champion is None or champion.version == train.version else champion
    rows = pq.read_table(fetch_part(split.data, split.test, runtime.lake))
    scorer = registered_scorer(use_case, runtime, challenger, moment)
    against = _rival(use_case, runtime, rival, moment)
    found = _judge(use_case, moment, rows, scorer, against, margin=margin, seed=seed)
    verdict = _verdict(train, champion, found)
    _remember(use_case, runtime, moment, train, verdict, found, seed)
    runtime.progress.done(verdict.reason)
    return verdict


def _rival(
    use_case: UseCase, runtime: Runtime, champion: ModelVersion | None, moment: Moment
) -> Scorer | None:
    """The champion's scorer; None, and an alert, if it can no longer be used at all."""
    if champion is None:
        return None
    try:
        return registered_scorer(use_case, runtime, champion, moment)
    except UntrustedPackage as error:
        # It could not be deployed either, so it must not keep a sound challenger out.
        title = f"champion version {champion.version} of {champion.model} cannot be used"
        runtime.alerts.send(Alert(severity="WARNING", title=title, detail=str(error)))
        return None


def _judge(
    use_case: UseCase,
    moment: Moment,
    rows: pa.Table,
    challenger: Scorer,
    champion: Scorer | None,
    *,
    margin: float,
    seed: int,
) -> _Findings:
    task = use_case.task
    outcome = rows[use_case.schema.target.name].to_numpy().astype(np.float64)
    check_outcomes(task, outcome)
    predicted = challenger.predict(rows)
    if unusable := check_predictions(task, predicted):
        return _Findings(
            outcome=outcome, predicted=predicted, unusable=unusable, intervals={}, gates=(),
            comparison=None,
        )  # fmt: skip
    found = intervals(task, outcome, predicted, seed=seed)
    figures = {score: interval.value for score, interval in found.items()}
    comparison = None
    if champion is not None:
        comparison = compare(
            task, use_case.select_by, outcome, challenger=predicted,
            champion=champion.predict(rows), margin=margin, seed=seed,
        )  # fmt: skip
    return _Findings(
        outcome=outcome,
        predicted=predicted,
        unusable="",
        intervals=found,
        gates=check_gates(use_case.gates_for(moment), figures),
        comparison=comparison,
    )


def _verdict(train: TrainRecord, champion: ModelVersion | None, found: _Findings) -> Verdict:
    against = found.objections
    return Verdict(
        model=train.model,
        version=train.version,
        champion=champion.version if champion else None,
        approved=not against,
        metrics=found.figures,
        intervals={str(score): interval for score, interval in found.intervals.items()},
        gates=found.gates,
        against_champion=found.comparison.difference if found.comparison else None,
        reason="; ".join(against) or _praise(train, champion, found),
    )


def _praise(train: TrainRecord, champion: ModelVersion | None, found: _Findings) -> str:
    held = "every gate holds" if found.gates else "there are no gates"
    if champion is None:
        return f"{held}, and there is no champion yet"
    if champion.version == train.version:
        return f"{held}, and it is the champion already"
    if found.comparison is None:
        return f"{held}, and champion version {champion.version} can no longer be used"
    return f"{held}, and it is better than champion version {champion.version}"


def _remember(
    use_case: UseCase,
    runtime: Runtime,
    moment: Moment,
    train: TrainRecord,
    verdict: Verdict,
    found: _Findings,
    seed: int,
) -> None:
    """The verdict, its figures and its plots as a run beside the training's."""
    name = f"evaluate {moment} version {verdict.version}"
    with runtime.tracker.run(use_case.name, name) as run:
        run.tags(
            {
                "use_case": use_case.name,
                "moment": moment.name,
                "model": verdict.model,
                "version": verdict.version,
                "champion": verdict.champion or "",
                "approved": "yes" if verdict.approved else "no",
                "reason": verdict.reason,
                "train_run": train.run_id,
                "package_sha256": train.package_sha256,
            }
        )
        run.metrics(_figures(found))
        if not found.unusable:
            plots = judging_plots(use_case.task, found.outcome, found.predicted, seed=seed)
            keep(run, runtime, plots, "plots/test")


def _figures(found: _Findings) -> dict[str, float]:
    """Each figure with the ends of its interval."""
    figures = {
        f"test_{score}{end}": getattr(interval, field)
        for score, interval in found.intervals.items()
        for end, field in (("", "value"), ("_low", "low"), ("_high", "high"))
    }
    if found.comparison:
        seen = found.comparison.difference
        figures |= {
            "difference": seen.value, "difference_low": seen.low, "difference_high": seen.high,
        }  # fmt: skip
    return figures
