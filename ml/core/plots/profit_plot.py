"""Expected profit over the number of leads worked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.core.plots.canvas import BLUE, GREEN, GREY, LINE, PAPER, VERMILION, picture

Floats = NDArray[np.float64]


def profit_plot(expected: Floats, low: Floats, high: Floats, *, worked: int, best: int) -> bytes:
    """The profit curve with its interval, the leads that are worked and the best number.

    Parameters
    ----------
    expected, low, high : ndarray of shape (n_leads + 1,)
        Profit of working the first 0, 1, 2 ... leads.
    worked : int
        Leads that the plan works.
    best : int
        Leads at which the curve is highest.

    Returns
    -------
    bytes
        A PNG.
    """
    leads = np.arange(len(expected))
    with picture("Expected profit", "Leads worked, best first", "Profit", width=7.2) as drawn:
        axes = drawn.axes
        axes.fill_between(leads, low, high, color=BLUE, alpha=0.16, linewidth=0)
        axes.plot(leads, expected, color=BLUE, label="expected, 9 in 10 within")
        axes.axhline(0, color=GREY, linewidth=1.2)
        for name, at, colour in (("this plan", worked, VERMILION), ("most", best, GREEN)):
            label = f"{name}: {at:,} leads, {expected[at]:,.0f}"
            axes.plot([at], [expected[at]], "o", color=colour, markersize=9, label=label)
            axes.axvline(at, color=colour, linestyle=":", linewidth=1.6)
        axes.legend(loc="lower right", frameon=True, facecolor=PAPER, edgecolor=LINE)
        axes.set_xlim(0, max(len(expected) - 1, 1))
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.xaxis.set_major_formatter("{x:,.0f}")
    return drawn.png
