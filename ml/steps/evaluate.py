"""Evaluate: what the test rows say of the challenger, beside the champion."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.alerts import AlertRule, AlertSeverity
from ml.contract.errors import DependencyUnavailable, UntrustedPackage
from ml.contract.messages import Alert
from ml.contract.moments import Moment
from ml.contract.names import Alias, Step
from ml.contract.records import SplitRecord, TrainRecord, Verdict
from ml.contract.use_case import UseCase
from ml.core.dataset_parts import fetch_part
from ml.core.judging import Findings, judge
from ml.core.plots import judging_plots
from ml.core.scoring import Scorer
from ml.ports import ModelVersion, Runtime
from ml.steps.cards import card_files, keep_card
from ml.steps.judgement import Judgement, tell_tracker
from ml.steps.registered_scorer import alarmed, opened_scorer, registered_scorer
from ml.steps.remember import remember_verdict
from ml.steps.traits import Examined, measure
from ml.steps.untold import untold


def evaluate(
    use_case: UseCase,
    runtime: Runtime,
    *,
    train: TrainRecord,
    split: SplitRecord,
    moment: Moment,
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
    examined = _examined(use_case, runtime, challenger, moment, split, rows)
    found = _found(examined, _rival(use_case, runtime, rival, moment), seed)
    plots = (
        {}
        if found.unusable
        else judging_plots(use_case.task, found.outcome, found.predicted, seed=seed)
    )
    judged = Judgement(
        examined=examined,
        version=challenger,
        train=train,
        split=split,
        found=found,
        verdict=_verdict(train, champion, found),
        plots=plots,
    )
    verdict = _remembered(runtime, judged)
    runtime.progress.done(verdict.reason)
    return verdict


def _found(examined: Examined, rival: Scorer | None, seed: int) -> Findings:
    case, rows = examined.use_case, examined.rows
    gates = case.gates_for(examined.moment)
    return judge(
        case,
        gates,
        rows[case.schema.target.name].to_numpy().astype(np.float64),
        challenger=examined.scorer.predict(rows),
        champion=None if rival is None else rival.predict(rows),
        traits=measure(gates, examined),
        seed=seed,
    )


def _remembered(runtime: Runtime, judged: Judgement) -> Verdict:
    """The verdict, once card, tracker and ledger have it."""
    card = card_files(runtime, judged)
    verdict = replace(judged.verdict, card=keep_card(runtime, judged, card))
    tell_tracker(runtime, judged, card)
    remember_verdict(runtime, verdict)
    return replace(verdict, degraded=untold(runtime))


def _examined(
    use_case: UseCase,
    runtime: Runtime,
    challenger: ModelVersion,
    moment: Moment,
    split: SplitRecord,
    rows: pa.Table,
) -> Examined:
    files = runtime.registry.package(challenger)
    with alarmed(runtime, challenger):
        scorer = opened_scorer(use_case, files, challenger, moment)
    return Examined(
        scorer=scorer,
        files=files,
        rows=rows,
        taught=cache(lambda: pq.read_table(fetch_part(split.data, split.train, runtime.lake))),
        use_case=use_case,
        moment=moment,
    )


def _rival(
    use_case: UseCase, runtime: Runtime, champion: ModelVersion | None, moment: Moment
) -> Scorer | None:
    """The champion's scorer; None, and an alert, if it can no longer be used at all."""
    if champion is None:
        return None
    try:
        scorer = registered_scorer(use_case, runtime, champion, moment)
    except UntrustedPackage as error:
        # It could not be deployed either, so it must not keep a sound challenger out.
        _tell(runtime, champion, error)
        return None
    usable = f"Champion version {champion.version} can be used."
    runtime.alerts.send(Alert.ended(AlertRule.CHAMPION_UNUSABLE, champion.model, usable))
    return scorer


def _tell(runtime: Runtime, champion: ModelVersion, error: UntrustedPackage) -> None:
    says = (
        f"Champion version {champion.version} cannot be used, and challengers are judged without "
        f"it: {error}. Next: promote a version that was trained since."
    )
    alert = Alert.began(AlertRule.CHAMPION_UNUSABLE, champion.model, AlertSeverity.WARNING, says)
    runtime.alerts.send(alert)


def _verdict(train: TrainRecord, champion: ModelVersion | None, found: Findings) -> Verdict:
    against = found.objections
    return Verdict(
        model=train.model,
        version=train.version,
        champion=champion.version if champion else None,
        approved=not against,
        metrics={str(score): interval.value for score, interval in found.intervals.items()},
        intervals={str(score): interval for score, interval in found.intervals.items()},
        gates=found.gates,
        against_champion=found.comparison.difference if found.comparison else None,
        champion_intervals={str(score): interval for score, interval in found.champion.items()},
        reason="; ".join(against) or _praise(train, champion, found),
    )


def _praise(train: TrainRecord, champion: ModelVersion | None, found: Findings) -> str:
    held = "every gate holds"
    if champion is None:
        return f"{held}, and there is no champion yet"
    if champion.version == train.version:
        return f"{held}, and it is the champion already"
    if found.comparison is None:
        return f"{held}, and champion version {champion.version} can no longer be used"
    how = "better" if found.comparison.is_better else "no worse"
    return f"{held}, and it is {how} than champion version {champion.version}"
