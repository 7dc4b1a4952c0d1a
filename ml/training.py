"""Training as a whole, wherever it runs: from a lead file to a verdict on the challenger."""

from __future__ import annotations

from pathlib import Path

from ml.contract.jobs import UNTIL_JUDGED
from ml.contract.names import Step
from ml.contract.records import JsonObject, TrainRecord, Verdict, plain
from ml.pipeline import Pipeline


def train_and_judge(pipeline: Pipeline, source: Path | None) -> JsonObject:
    """Run the steps up to the verdict; those that were done with the same inputs are not repeated.

    Parameters
    ----------
    pipeline : Pipeline
        Which model, and where.
    source : Path or None
        The lead file; None for the one that the home has admitted last.

    Returns
    -------
    dict
        JSON-ready: the `TrainRecord`, and the `Verdict` on it.

    Raises
    ------
    StepMissing
        If there is no file and none was admitted before.
    """
    for step in UNTIL_JUDGED if source else UNTIL_JUDGED[1:]:
        pipeline.step(step, source)
    trained = pipeline.latest(Step.TRAIN, TrainRecord, asked_by=Step.EVALUATE)
    verdict = pipeline.latest(Step.EVALUATE, Verdict, asked_by=Step.PROMOTE)
    return {"trained": plain(trained), "verdict": plain(verdict)}
