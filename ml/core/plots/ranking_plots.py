"""Who comes first: ROC, precision-recall, gain and lift."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_curve

from ml.contract.names import Score
from ml.core.metrics import METRICS
from ml.core.plots.canvas import BLUE, GREEN, GREY, ORANGE, note, percent, picture, shares

Floats = NDArray[np.float64]


def roc_plot(outcome: Floats, predicted: Floats) -> bytes:
    """Share of events found against share of others disturbed, at every threshold."""
    false, true, _ = roc_curve(outcome, predicted)
    with picture("ROC curve", "Others above the threshold", "Events above the threshold") as drawn:
        drawn.axes.plot([0, 1], [0, 1], color=GREY, linestyle=":", linewidth=1.4)
        drawn.axes.fill_between(false, true, color=BLUE, alpha=0.10, linewidth=0)
        drawn.axes.plot(false, true, color=BLUE)
        note(drawn.axes, f"area {METRICS[Score.ROC_AUC](outcome, predicted):.3f}\nchance 0.500")
        shares(drawn.axes)
    return drawn.png


def precision_recall_plot(outcome: Floats, predicted: Floats) -> bytes:
    """How pure the chosen rows are as more of the events are found."""
    precision, recall, _ = precision_recall_curve(outcome, predicted)
    rate = float(outcome.mean())
    area = METRICS[Score.PR_AUC](outcome, predicted)
    with picture("Precision and recall", "Recall: events found", "Precision: hits") as drawn:
        drawn.axes.axhline(rate, color=GREY, linestyle=":", linewidth=1.4)
        drawn.axes.step(recall, precision, color=GREEN, where="post")
        note(drawn.axes, f"area {area:.3f}\nchance {rate:.3f}")
        shares(drawn.axes)
    return drawn.png


def _from_the_top(outcome: Floats, predicted: Floats) -> tuple[Floats, Floats]:
    order = np.argsort(-predicted, kind="stable")
    depth = np.arange(1, len(order) + 1) / len(order)
    return depth, np.cumsum(outcome[order])


def gain_plot(outcome: Floats, predicted: Floats) -> bytes:
    """Share of all events that lie among the best-scored rows."""
    depth, found = _from_the_top(outcome, predicted)
    gain, rate = found / found[-1], float(outcome.mean())
    with picture("Cumulative gain", "Rows worked, best first", "Events found") as drawn:
        drawn.axes.plot([0, 1], [0, 1], color=GREY, linestyle=":", linewidth=1.4, label="no model")
        drawn.axes.plot([0, rate, 1], [0, 1, 1], color=GREY, linewidth=1.4, label="perfect")
        drawn.axes.plot(np.r_[0, depth], np.r_[0, gain], color=BLUE, label="model")
        fifth = float(np.interp(0.2, depth, gain))
        drawn.axes.plot([0.2], [fifth], "o", color=ORANGE, markersize=8)
        note(drawn.axes, f"the best 20 % of rows hold {100 * fifth:.0f} % of the events", y=0.12)
        drawn.axes.legend(loc="upper left", bbox_to_anchor=(0.55, 0.55))
        shares(drawn.axes)
    return drawn.png


def lift_plot(outcome: Floats, predicted: Floats) -> bytes:
    """How many times the average rate the best-scored rows reach."""
    depth, found = _from_the_top(outcome, predicted)
    lift = found / (depth * len(outcome)) / outcome.mean()
    from_row = max(1, len(outcome) // 100)  # the first few rows are luck
    with picture("Lift", "Rows worked, best first", "Times the average rate") as drawn:
        drawn.axes.axhline(1, color=GREY, linestyle=":", linewidth=1.4)
        drawn.axes.plot(depth[from_row:], lift[from_row:], color=ORANGE)
        best = METRICS[Score.LIFT_AT_10](outcome, predicted)
        drawn.axes.plot([0.1], [best], "o", color=BLUE, markersize=8)
        note(drawn.axes, f"best 10 %: {best:.2f} times", y=0.95)
        drawn.axes.set(xlim=(0, 1), ylim=(0, float(lift[from_row:].max()) * 1.1))
        percent(drawn.axes.xaxis)
    return drawn.png
