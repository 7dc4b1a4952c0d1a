"""The peer of our search: scikit-learn's grid search over whole pipelines, as tutorials do it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from threadpoolctl import threadpool_limits

from ml.contract.candidates import Candidate, Parameter
from ml.contract.moments import Moment
from ml.contract.names import Estimator
from ml.contract.use_case import UseCase
from ml.core.features import feature_pipeline
from ml.core.selection import Examples

Grid = Mapping[str, list[Parameter]]

#: Five families and 29 configurations, searched by F1 on five folds, classes weighted.
GRID: Mapping[Estimator, Grid] = {
    Estimator.LOGISTIC_REGRESSION: {"C": [0.1, 1.0, 10.0]},
    Estimator.DECISION_TREE: {"max_depth": [5, 10, None], "min_samples_leaf": [1, 10]},
    Estimator.RANDOM_FOREST: {"n_estimators": [100, 200], "max_depth": [10, None]},
    Estimator.XGBOOST: {
        "n_estimators": [100, 200], "max_depth": [3, 6], "learning_rate": [0.05, 0.1],
    },
    Estimator.LIGHTGBM: {
        "n_estimators": [100, 200], "num_leaves": [15, 31], "learning_rate": [0.05, 0.1],
    },
}  # fmt: skip


def search_grid(use_case: UseCase, moment: Moment, examples: Examples) -> Any:
    """The refitted pipeline with the best mean F1; one thread."""
    found = []
    with threadpool_limits(limits=1):
        for family, grid in GRID.items():
            searched = GridSearchCV(
                _weighted(use_case, moment, family, examples),
                {f"model__{name}": values for name, values in grid.items()},
                scoring="f1",
                cv=StratifiedKFold(5, shuffle=True, random_state=0),
            )
            found.append(searched.fit(examples.features, examples.outcome.astype(np.int64)))
    return max(found, key=lambda one: float(one.best_score_)).best_estimator_


def _weighted(use_case: UseCase, moment: Moment, family: Estimator, examples: Examples) -> Any:
    """The family's pipeline with the class weights that its library offers."""
    events = float(examples.outcome.mean())
    scale: tuple[str, Parameter] = ("scale_pos_weight", (1 - events) / events)
    boosted = {Estimator.XGBOOST, Estimator.LIGHTGBM}
    params = (scale,) if family in boosted else (("class_weight", "balanced"),)
    candidate = Candidate(estimator=family, params=params)
    return feature_pipeline(use_case, moment, candidate, seed=0, threads=1)
