"""Boosting that stops when rows which it does not learn from no longer gain by another tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.contract.names import Estimator

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Encoded rows, what happened, and the fit arguments that go with them."""

    encoded: Floats
    outcome: NDArray[np.int64]
    weights: Mapping[str, Floats]


def fit_until_idle(
    estimator: Estimator, model: Any, rows: Rows, watched: Rows, patience: int
) -> int:
    """Fit a boosting model until `patience` trees in a row have not helped on watched rows.

    Parameters
    ----------
    estimator : Estimator
        The model's family; one of `ml.contract.candidates.BOOSTED`.
    model : object
        Unfitted; afterwards it predicts with the best number of trees.
    rows, watched : Rows
        What it learns from, and what it is stopped by; weights of the latter are not used.
    patience : int
        Trees.

    Returns
    -------
    int
        The best number of trees.
    """
    return _FITTERS[estimator](model, rows, watched, patience)


def _lightgbm(model: Any, rows: Rows, watched: Rows, patience: int) -> int:
    from lightgbm import early_stopping

    model.fit(
        rows.encoded,
        rows.outcome,
        eval_X=watched.encoded,
        eval_y=watched.outcome,
        callbacks=[early_stopping(patience, verbose=False)],
        **rows.weights,
    )
    return int(model.best_iteration_)


def _xgboost(model: Any, rows: Rows, watched: Rows, patience: int) -> int:
    seen = [(watched.encoded, watched.outcome)]
    model.set_params(early_stopping_rounds=patience)
    model.fit(rows.encoded, rows.outcome, eval_set=seen, verbose=False, **rows.weights)
    return int(model.best_iteration) + 1


_FITTERS: Mapping[Estimator, Callable[[Any, Rows, Rows, int], int]] = {
    Estimator.LIGHTGBM: _lightgbm,
    Estimator.XGBOOST: _xgboost,
}
