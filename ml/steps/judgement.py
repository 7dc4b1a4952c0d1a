"""A judgement as a whole, and how the tracker is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ml.contract.records import SplitRecord, TrainRecord, Verdict
from ml.core.judging import Findings
from ml.ports import ModelVersion, Runtime
from ml.steps.run_figures import interval_metrics
from ml.steps.run_files import keep
from ml.steps.traits import Examined


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What was judged, by which rows, and what came of it.

    Parameters
    ----------
    examined : Examined
        The challenger.
    version : ModelVersion
        As it is registered.
    train, split : TrainRecord, SplitRecord
        How it came to be, and which rows judged it.
    found, verdict : Findings, Verdict
        What the rows said, and what follows.
    plots : mapping of str to bytes
        Pictures of it, by file name.
    """

    examined: Examined
    version: ModelVersion
    train: TrainRecord
    split: SplitRecord
    found: Findings
    verdict: Verdict
    plots: Mapping[str, bytes]


def tell_tracker(runtime: Runtime, judged: Judgement, card: Mapping[str, bytes]) -> None:
    """Figures, plots and card as a run beside the training's."""
    case, moment, verdict = judged.examined.use_case, judged.examined.moment, judged.verdict
    name = f"evaluate {moment} version {verdict.version}"
    with runtime.tracker.run(case.name, name) as run:
        run.tags(
            {
                "use_case": case.name,
                "moment": moment.name,
                "model": verdict.model,
                "version": verdict.version,
                "champion": verdict.champion or "",
                "approved": "yes" if verdict.approved else "no",
                "reason": verdict.reason,
                "failed_gates": ", ".join(gate.gate for gate in verdict.gates if not gate.passed),
                "train_run": judged.train.run_id,
                "package_sha256": judged.train.package_sha256,
            }
        )
        run.metrics(_figures(judged.found))
        keep(run, runtime, judged.plots, "plots/test")
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
