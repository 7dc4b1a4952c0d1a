"""Venn-Abers probabilities: for each lead two, one of which is calibrated whatever the model.

Vovk and Petej 2014, "Venn-Abers predictors" (UAI): the lead joins held-out rows once as an event
and once as none, and isotonic regression says its probability both times. The inductive form,
for every prediction that a lead can get, is two rising tables of steps.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import isotonic_regression

from ml.core.columns import Floats
from ml.core.out_of_fold import HeldOut

#: Held-out predictions are ranked in so many groups: tables are made in a blink, and a group of
#: a few rows says no less. Calibration holds for any grouping.
_GROUPS = 512


def venn_abers(held_out: HeldOut) -> tuple[Floats, Floats, Floats]:
    """The two tables.

    Parameters
    ----------
    held_out : HeldOut
        Predictions that were made without the row, and what happened.

    Returns
    -------
    edges : ndarray of shape (n_steps - 1,)
        Predictions from which the next step holds.
    low, high : ndarray of shape (n_steps,)
        Probability of a lead on each step had it been no event, and had it been one.
    """
    cuts = np.unique(np.quantile(held_out.predicted, np.linspace(0, 1, _GROUPS), method="lower"))
    edges = cuts[1:]
    group = np.searchsorted(edges, held_out.predicted, side="right")
    rows, events = np.zeros(len(cuts)), np.zeros(len(cuts))
    np.add.at(rows, group, 1.0)
    np.add.at(events, group, held_out.outcome)
    low, high = (_table(rows, events, label) for label in (0.0, 1.0))
    new = (np.diff(low) != 0) | (np.diff(high) != 0)
    return edges[new], low[np.r_[True, new]], high[np.r_[True, new]]


def _table(rows: Floats, events: Floats, label: float) -> Floats:
    return np.array([_joined(rows, events, at, label) for at in range(len(rows))])


def _joined(rows: Floats, events: Floats, at: int, label: float) -> float:
    """Isotonic probability of group `at` when one more row with that label joins it."""
    more = np.zeros(len(rows))
    more[at] = 1.0
    rates = (events + label * more) / (rows + more)
    return float(isotonic_regression(rates, weights=rows + more).x[at])
