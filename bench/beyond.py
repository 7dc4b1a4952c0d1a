"""Variants that spend more than the defaults, judged on the same divisions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from ml.contract.candidates import Candidate
from ml.contract.moments import Moment
from ml.contract.names import Estimator, Score
from ml.contract.use_case import UseCase
from ml.core.metrics import figures
from ml.core.quality import Spread, divisions, judge_on_all, spreads

#: The best of thirteen that were tried.
VARIANTS: Mapping[str, Candidate] = {
    "LightGBM, 500 slow trees": Candidate(
        estimator=Estimator.LIGHTGBM,
        params=(
            ("n_estimators", 500), ("learning_rate", 0.03), ("num_leaves", 20),
            ("colsample_bytree", 0.4), ("min_child_samples", 15),
        ),
    ),
    "gradient boosting, 300 deep trees": Candidate(
        estimator=Estimator.GRADIENT_BOOSTING,
        params=(
            ("n_estimators", 300), ("learning_rate", 0.05), ("max_depth", 6),
            ("min_samples_leaf", 5),
        ),
    ),
    "XGBoost, 210 deep trees": Candidate(
        estimator=Estimator.XGBOOST,
        params=(
            ("n_estimators", 210), ("learning_rate", 0.046), ("max_depth", 7),
            ("min_child_weight", 7.6), ("colsample_bytree", 0.5), ("reg_lambda", 0.54),
        ),
    ),
    "random forest": Candidate(estimator=Estimator.RANDOM_FOREST),
}  # fmt: skip
BLEND = "mean of these four"


def beyond(
    use_case: UseCase, table: pa.Table, moment: Moment, *, splits: int
) -> dict[str, dict[Score, Spread]]:
    """Each variant, and the mean of what they say, over repeated divisions."""
    found: dict[str, list[dict[Score, float]]] = {name: [] for name in (*VARIANTS, BLEND)}
    for turn, division in divisions(use_case, table, moment, splits=splits):
        said = []
        for name, candidate in VARIANTS.items():
            judged = judge_on_all(candidate, division, seed=turn)
            found[name].append(judged.figures)
            said.append(judged.predicted)
        blended = np.mean(said, axis=0)
        found[BLEND].append(figures(use_case.task, division.judged.outcome, blended))
    return {name: spreads(each) for name, each in found.items()}
