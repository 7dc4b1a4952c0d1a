"""What a score means: reliability, distribution, and decisions at one half."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix

from ml.contract.names import Score
from ml.core.metrics import METRICS, THRESHOLD
from ml.core.plots.canvas import BLUE, GREY, INK, ORANGE, PAPER, note, percent, picture, shares
from ml.core.reliability import reliability

Floats = NDArray[np.float64]


def reliability_plot(outcome: Floats, predicted: Floats, *, seed: int = 0) -> bytes:
    """Observed rate against predicted probability in ten equal bins, with a 95 % bootstrap band."""
    bins = reliability(outcome, predicted, seed=seed)
    said, seen, low, high = np.array([(one.said, one.seen, one.low, one.high) for one in bins]).T
    judged = (Score.ECE, Score.BRIER, Score.LOG_LOSS)
    ece, brier, log_loss = (METRICS[score](outcome, predicted) for score in judged)
    with picture("Reliability", "Predicted probability", "Observed rate") as drawn:
        drawn.axes.plot([0, 1], [0, 1], color=GREY, linestyle=":", linewidth=1.4, label="honest")
        drawn.axes.fill_between(said, low, high, color=BLUE, alpha=0.16, linewidth=0)
        drawn.axes.plot(said, seen, "o-", color=BLUE, markersize=6, label="model, 95 % band")
        note(drawn.axes, f"calibration error {ece:.3f}\nBrier {brier:.3f}\nlog loss {log_loss:.3f}")
        drawn.axes.legend(loc="upper left")
        shares(drawn.axes)
    return drawn.png


def histogram_plot(outcome: Floats, predicted: Floats) -> bytes:
    """How scores are spread, for events and for others."""
    edges = np.linspace(0, 100, 26)
    with picture("Scores", "Score", "Rows") as drawn:
        for event, colour, label in ((0, GREY, "others"), (1, ORANGE, "events")):
            drawn.axes.hist(
                100 * predicted[outcome == event], bins=list(edges), color=colour, alpha=0.75,
                label=label, edgecolor=PAPER, linewidth=0.6,
            )  # fmt: skip
        drawn.axes.legend(loc="upper center")
        drawn.axes.set_xlim(0, 100)
        drawn.axes.grid(visible=False, axis="x")
    return drawn.png


def confusion_plot(outcome: Floats, predicted: Floats) -> bytes:
    """Rows by what was said and what happened, deciding at one half."""
    counts = confusion_matrix(outcome, predicted >= THRESHOLD, labels=[0, 1])
    shares_of_truth = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    with picture("Decisions at 0.5", "Said", "Happened", width=5.2) as drawn:
        drawn.axes.imshow(shares_of_truth, cmap="Blues", vmin=0, vmax=1)
        for (row, column), count in np.ndenumerate(counts):
            share = shares_of_truth[row, column]
            drawn.axes.text(
                column, row, f"{count:,}\n{share:.0%}", ha="center", va="center", fontsize=14,
                color=PAPER if share > 0.5 else INK,
            )  # fmt: skip
        words = ["no", "yes"]
        drawn.axes.set(xticks=[0, 1], yticks=[0, 1], xticklabels=words, yticklabels=words)
        drawn.axes.grid(visible=False)
        drawn.axes.spines[:].set_visible(False)
    return drawn.png


def ratings_plot(outcome: Floats, predicted: Floats) -> bytes:
    """Predicted ratings for each true rating."""
    levels = np.unique(outcome)
    with picture("Ratings", "True rating", "Predicted rating") as drawn:
        drawn.axes.plot(levels, levels, color=GREY, linestyle=":", linewidth=1.4)
        drawn.axes.boxplot(
            [predicted[outcome == level] for level in levels], positions=list(levels), widths=0.5,
            patch_artist=True, medianprops={"color": INK}, flierprops={"markersize": 3},
            boxprops={"facecolor": BLUE, "alpha": 0.4, "edgecolor": BLUE},
        )  # fmt: skip
        drawn.axes.set_xticks(levels, [f"{level:g}" for level in levels])
        rank = METRICS[Score.SPEARMAN](outcome, predicted)
        note(drawn.axes, f"Spearman {rank:.3f}")
    return drawn.png


def errors_plot(outcome: Floats, predicted: Floats) -> bytes:
    """How far predictions are off, and to which side."""
    with picture("Errors", "Predicted minus true rating", "Share of rows") as drawn:
        errors = predicted - outcome
        drawn.axes.hist(
            errors, bins=30, color=BLUE, alpha=0.75, edgecolor=PAPER, linewidth=0.6,
            weights=np.full(len(errors), 1 / len(errors)),
        )  # fmt: skip
        drawn.axes.axvline(0, color=INK, linewidth=1.2)
        note(drawn.axes, f"mean {errors.mean():+.2f}", y=0.95)
        percent(drawn.axes.yaxis)
    return drawn.png
