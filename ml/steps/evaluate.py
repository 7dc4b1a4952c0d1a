"""Evaluate: what the test rows say of the challenger, beside the champion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.errors import DependencyUnavailable, UntrustedPackage
from ml.contract.moments import Moment
from ml.contract.names import Alias, Step
from ml.contract.records import SplitRecord, TrainRecord, Verdict, plain
from ml.contract.use_case import UseCase
from ml.core.dataset_parts import fetch_part
from ml.core.judging import Findings, judge
from ml.core.plots import judging_plots
from ml.core.scoring import Scorer
from ml.ports import Alert, ModelVersion, Runtime
from ml.steps.cards import card_files, keep_card
from ml.steps.registered_scorer import alarmed, opened_scorer, registered_scorer
from ml.steps.remember import remember_verdict
from ml.steps.run_figures import interval_metrics
from ml.steps.run_files import keep
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
    against = _rival(use_case, runtime, rival, moment)
    gates = use_case.gates_for(moment)
    found = judge(
        use_case,
        gates,
        rows[use_case.schema.target.name].to_numpy().astype(np.float64),
        challenger=examined.scorer.predict(rows),
        champion=None if against is None else against.predict(rows),
        traits=measure(gates, examined),
        seed=seed,
    )
    verdict = _verdict(train, champion, found)
    plots = (
        {}
        if found.unusable
        else judging_plots(use_case.task, found.outcome, found.predicted, seed=seed)
    )
    card = card_files(
        runtime, examined, train=train, split=split, version=challenger, verdict=verdict,
        found=found, plots=plots,
    )  # fmt: skip
    kept = keep_card(use_case, runtime, moment, verdict.version, card)
    verdict = replace(verdict, card=kept)
    _remember(use_case, runtime, moment, train, verdict, found, plots, card)
    remember_verdict(runtime, verdict)
    runtime.progress.done(verdict.reason)
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
        return registered_scorer(use_case, runtime, champion, moment)
    except UntrustedPackage as error:
        # It could not be deployed either, so it must not keep a sound challenger out.
        title = f"champion version {champion.version} of {champion.model} cannot be used"
        runtime.alerts.send(Alert(severity="WARNING", title=title, detail=str(error)))
        return None


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
    return f"{held}, and it is better than champion version {champion.version}"


def _remember(
    use_case: UseCase,
    runtime: Runtime,
    moment: Moment,
    train: TrainRecord,
    verdict: Verdict,
    found: Findings,
    plots: Mapping[str, bytes],
    card: Mapping[str, bytes],
) -> None:
    """The verdict, its figures, plots and card as a run beside the training's."""
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
                "failed_gates": ", ".join(gate.gate for gate in verdict.gates if not gate.passed),
                "train_run": train.run_id,
                "package_sha256": train.package_sha256,
            }
        )
        run.metrics(_figures(found))
        judged = json.dumps(plain(verdict), indent=1).encode()
        keep(run, runtime, {"verdict.json": judged}, "")
        keep(run, runtime, plots, "plots/test")
        keep(run, runtime, card, "card")


def _figures(found: Findings) -> dict[str, float]:
    """Everything that was measured."""
    beside = found.comparison
    differences = (
        {beside.score: beside.difference, beside.guard: beside.guard_difference} if beside else {}
    )
    return {
        **interval_metrics(found.intervals, "test_"),
        **interval_metrics(found.champion, "champion_"),
        **interval_metrics(differences, "difference_"),
        **{str(trait): measured.figure for trait, measured in found.traits.items()},
    }
