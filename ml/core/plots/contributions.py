"""What moves the scores: contributions of each column over many rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import NDArray

from ml.core.plots.canvas import BLUE, GREY, INK, VERMILION, picture

Floats = NDArray[np.float64]
_LOW_TO_HIGH = LinearSegmentedColormap.from_list("low_to_high", [BLUE, "#C7CDD6", VERMILION])


def contributions_plot(
    contributions: Mapping[str, Floats],
    values: Mapping[str, Floats],
    *,
    seed: int = 0,
    most: int = 15,
) -> bytes:
    """A SHAP summary: one dot per row and column, the columns that matter most on top.

    Lundberg and Lee, NeurIPS 2017, show contributions in this way.

    Parameters
    ----------
    contributions : mapping of str to ndarray of shape (n_rows,)
        By the column's label: how far it moved each row's score, in log-odds or rating points.
    values : mapping of str to ndarray of shape (n_rows,)
        By label: the column's numbers, which colour the dots; columns without, and missing
        values, are grey.
    seed : int, default=0
        Seed of the dots' scatter.
    most : int, default=15
        Columns shown.

    Returns
    -------
    bytes
        A PNG.
    """
    weight = {label: float(np.abs(moved).mean()) for label, moved in contributions.items()}
    shown = sorted(weight, key=lambda label: -weight[label])[:most][::-1]
    random = np.random.default_rng(seed)
    height = 1.6 + 0.36 * max(len(shown), 6)
    with picture("What moves the score", "Contribution", "", width=8, height=height) as drawn:
        axes = drawn.axes
        axes.axvline(0, color=GREY, linewidth=1.2)
        for place, label in enumerate(shown):
            moved = contributions[label]
            axes.scatter(
                moved, place + _scatter(moved, random), s=7, alpha=0.65, linewidths=0,
                c=_colours(values.get(label), len(moved)), rasterized=True,
            )  # fmt: skip
        axes.set_yticks(range(len(shown)), [f"{label}  {weight[label]:.2f}" for label in shown])
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.grid(visible=False, axis="y")
        bar = drawn.figure.colorbar(ScalarMappable(cmap=_LOW_TO_HIGH), ax=axes, aspect=30, pad=0.02)
        bar.set_ticks([0, 1], labels=["low", "high"])
        bar.set_label("Value (grey: category, missing)", color=INK)
        bar.outline.set_visible(False)
    return drawn.png


def _scatter(moved: Floats, random: np.random.Generator) -> Floats:
    """Offsets that are wide where many rows have a similar contribution."""
    counts, edges = np.histogram(moved, bins=40)
    nearby = counts[np.clip(np.digitize(moved, edges) - 1, 0, len(counts) - 1)] / counts.max()
    spread: Floats = random.uniform(-0.36, 0.36, len(moved)) * np.sqrt(nearby)
    return spread


def _colours(values: Floats | None, rows: int) -> NDArray[np.str_] | NDArray[np.float64]:
    """Colour by rank, so that one huge value does not make all others look alike."""
    if values is None:
        return np.full(rows, GREY)
    order = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    colours = np.asarray(_LOW_TO_HIGH(order / max(1, rows - 1)))
    colours[np.isnan(values)] = (0.54, 0.56, 0.60, 1)
    return colours
