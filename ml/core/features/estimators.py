"""Estimators: one builder per family, with defaults that were measured on the leads file.

No class weights here: they leave the ranking alone and ruin the probabilities.
Found on ten stratified splits of the real file; see `docs/results.md` for the figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ml.contract.candidates import Parameter
from ml.contract.modelling import BinaryTask
from ml.contract.names import Estimator


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What a builder needs to know.

    Parameters
    ----------
    binary : bool
        Whether to build a classifier of two classes; a regressor otherwise.
    native_levels : int
        Leading encoded columns that hold codes of levels.
    width : int
        Encoded columns, where the encoder fixes them; 0 where it learns them.
    seed : int
        Seed of all randomness.
    threads : int
        Threads that fitting may use.
    """

    binary: bool
    native_levels: int
    width: int
    seed: int
    threads: int


class Builder(Protocol):
    """Builds an unfitted estimator."""

    def __call__(self, fit: Fit, params: Mapping[str, Parameter]) -> Any:
        """The estimator; `params` override its defaults."""


def _lightgbm(fit: Fit, params: Mapping[str, Parameter]) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor

    defaults: dict[str, Any] = {
        # 500 slower trees rank no better, and their reasons cost three times as much.
        "n_estimators": 180,
        "learning_rate": 0.08,
        "num_leaves": 16,
        "min_child_samples": 20,
        "subsample": 0.8,
        "subsample_freq": 1,
        "colsample_bytree": 0.35,
        "reg_lambda": 5.0,
        # Levels are trusted early: columns are few per tree, and leaves are held by `reg_lambda`.
        "cat_smooth": 2.0,
        "cat_l2": 1.0,
        "min_data_per_group": 5,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        "random_state": fit.seed,
        "n_jobs": fit.threads,
        # The alias reaches the library; `categorical_feature` itself would be a fit argument.
        "categorical_column": list(range(fit.native_levels)),
    }
    return (LGBMClassifier if fit.binary else LGBMRegressor)(**defaults | dict(params))


def _xgboost(fit: Fit, params: Mapping[str, Parameter]) -> Any:
    from xgboost import XGBClassifier, XGBRegressor

    kinds = ["c"] * fit.native_levels + ["q"] * (fit.width - fit.native_levels)
    defaults: dict[str, Any] = {
        # 300 trees of depth 5 gain at most .002 AUC and double the time that one lead takes.
        "n_estimators": 150,
        "learning_rate": 0.08,
        "max_depth": 4,
        "min_child_weight": 3.0,
        "subsample": 0.8,
        "colsample_bytree": 0.6,
        "reg_lambda": 3.0,
        "tree_method": "hist",
        "enable_categorical": True,
        "feature_types": kinds,
        "random_state": fit.seed,
        "n_jobs": fit.threads,
    }
    return (XGBClassifier if fit.binary else XGBRegressor)(**defaults | dict(params))


def _random_forest(fit: Fit, params: Mapping[str, Parameter]) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    defaults: dict[str, Any] = {
        "n_estimators": 45,  # 100 gain less than .001 AUC
        "max_depth": 12,  # deeper trees rank no better, and reasons cost the square of the depth
        "min_samples_leaf": 3,
        "max_features": 0.2,
        "random_state": fit.seed,
        "n_jobs": fit.threads,
    }
    family = RandomForestClassifier if fit.binary else RandomForestRegressor
    return family(**defaults | dict(params))


def _decision_tree(fit: Fit, params: Mapping[str, Parameter]) -> Any:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    defaults: dict[str, Any] = {
        # Pruned: an unpruned tree is sure of leaves that hold three leads.
        "ccp_alpha": 5e-4,
        "min_samples_leaf": 20,
        "random_state": fit.seed,
    }
    return (DecisionTreeClassifier if fit.binary else DecisionTreeRegressor)(
        **defaults | dict(params)
    )


def _extra_trees(fit: Fit, params: Mapping[str, Parameter]) -> Any:
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    defaults: dict[str, Any] = {
        "n_estimators": 40,
        "max_depth": 12,
        "min_samples_leaf": 3,
        "max_features": 0.2,
        "random_state": fit.seed,
        "n_jobs": fit.threads,
    }
    return (ExtraTreesClassifier if fit.binary else ExtraTreesRegressor)(**defaults | dict(params))


def _gradient_boosting(fit: Fit, params: Mapping[str, Parameter]) -> Any:
    from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor

    defaults: dict[str, Any] = {
        "n_estimators": 100,
        "learning_rate": 0.15,
        "max_depth": 4,
        "subsample": 0.7,
        "max_features": 0.1,  # of some 150 columns: as good as all of them, at a tenth of the time
        "random_state": fit.seed,
    }
    family = GradientBoostingClassifier if fit.binary else GradientBoostingRegressor
    return family(**defaults | dict(params))


def _logistic_regression(fit: Fit, params: Mapping[str, Parameter]) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge

    if not fit.binary:  # a rating has no odds: the linear family's regression is ridge
        return Ridge(**{"alpha": 1.0, "random_state": fit.seed} | dict(params))
    defaults: dict[str, Any] = {"C": 0.5, "max_iter": 2_000, "random_state": fit.seed}
    return LogisticRegression(**defaults | dict(params))


ESTIMATORS: Mapping[Estimator, Builder] = {
    Estimator.LOGISTIC_REGRESSION: _logistic_regression,
    Estimator.DECISION_TREE: _decision_tree,
    Estimator.RANDOM_FOREST: _random_forest,
    Estimator.EXTRA_TREES: _extra_trees,
    Estimator.GRADIENT_BOOSTING: _gradient_boosting,
    Estimator.XGBOOST: _xgboost,
    Estimator.LIGHTGBM: _lightgbm,
}


def is_binary(task: object) -> bool:
    """Whether a task asks for the probability of one event."""
    return isinstance(task, BinaryTask)
