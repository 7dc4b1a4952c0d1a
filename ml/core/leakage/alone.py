"""How well one column alone tells the outcome, judged on rows that it was not taught on."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from ml.contract.records import Interval
from ml.core.coding import Coded
from ml.core.shares import Z_95

Floats = NDArray[np.float64]
Folds = NDArray[np.int64]

#: Rows of the base rate that every level's rate is mixed with, so that a rare level says little.
_PRIOR_ROWS = 10.0


def folds_of(happened: Floats, *, folds: int = 5, seed: int = 0) -> Folds:
    """Fold of each row; each fold has the same share of events."""
    places = np.random.default_rng(seed).permutation(len(happened))
    order = places[np.argsort(happened[places], kind="stable")]
    found = np.empty(len(happened), np.int64)
    found[order] = np.arange(len(happened)) % folds
    return found


def cross_fitted(column: Coded, happened: Floats, folds: Folds) -> Floats:
    """Each row's level as the event rate of that level among the rows of other folds.

    Out-of-fold target encoding (Micci-Barreca 2001): no row's own outcome is in its figure, so
    a column of ids comes out as worthless as it is.
    """
    places, parts = len(column.labels) + 1, int(folds.max()) + 1
    cells = column.codes + places * folds
    rows = np.bincount(cells, minlength=places * parts).reshape(parts, places)
    events = np.bincount(cells, weights=happened, minlength=places * parts).reshape(parts, places)
    taught, hits = rows.sum(axis=0) - rows, events.sum(axis=0) - events
    base = hits.sum(axis=1, keepdims=True) / taught.sum(axis=1, keepdims=True)
    rates: Floats = (hits + _PRIOR_ROWS * base) / (taught + _PRIOR_ROWS)
    return rates[folds, column.codes]


def auc(happened: Floats, predicted: Floats) -> Interval:
    """Area under the ROC curve with the 95 % interval of Hanley and McNeil (1982)."""
    value = float(roc_auc_score(happened, predicted))
    events, others = float(happened.sum()), float((1 - happened).sum())
    both, one = value / (2 - value), 2 * value * value / (1 + value)
    spread = (
        value * (1 - value)
        + (events - 1) * (both - value * value)
        + (others - 1) * (one - value * value)
    )
    reach = Z_95 * math.sqrt(max(spread, 0.0) / (events * others))
    return Interval(value=value, low=max(value - reach, 0.0), high=min(value + reach, 1.0))
