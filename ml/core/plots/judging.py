"""Every plot that belongs to a task."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.contract.modelling import BinaryTask, Task
from ml.core.plots import probability_plots as probability
from ml.core.plots import ranking_plots as ranking

Floats = NDArray[np.float64]


def judging_plots(
    task: Task, outcome: Floats, predicted: Floats, *, seed: int = 0
) -> dict[str, bytes]:
    """Plots of predictions beside what happened.

    Parameters
    ----------
    task : Task
        What is predicted.
    outcome, predicted : ndarray of shape (n_rows,)
        What happened, and the probability or rating that was predicted.
    seed : int, default=0
        Seed of the bootstrap band.

    Returns
    -------
    dict of str to bytes
        PNG by file name.
    """
    if not isinstance(task, BinaryTask):
        return {
            "ratings.png": probability.ratings_plot(outcome, predicted),
            "errors.png": probability.errors_plot(outcome, predicted),
        }
    return {
        "roc.png": ranking.roc_plot(outcome, predicted),
        "precision_recall.png": ranking.precision_recall_plot(outcome, predicted),
        "gain.png": ranking.gain_plot(outcome, predicted),
        "lift.png": ranking.lift_plot(outcome, predicted),
        "reliability.png": probability.reliability_plot(outcome, predicted, seed=seed),
        "scores.png": probability.histogram_plot(outcome, predicted),
        "confusion.png": probability.confusion_plot(outcome, predicted),
    }
