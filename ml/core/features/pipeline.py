"""The pipeline of one candidate: an encoder and a model, fitted together and only together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from ml.contract.candidates import Candidate
from ml.contract.moments import Moment
from ml.contract.names import Estimator
from ml.contract.schema import Column
from ml.contract.use_case import UseCase
from ml.core.features.encoders import (
    count_of_native_levels,
    forest_encoder,
    linear_encoder,
    native_encoder,
)
from ml.core.features.estimators import ESTIMATORS, Fit, is_binary
from ml.core.features.frame import model_columns

#: How columns become numbers for each family; families with one encoder share its work.
ENCODERS: Mapping[Estimator, Callable[[Sequence[Column]], ColumnTransformer]] = {
    Estimator.LOGISTIC_REGRESSION: linear_encoder,
    Estimator.DECISION_TREE: forest_encoder,
    Estimator.RANDOM_FOREST: forest_encoder,
    Estimator.EXTRA_TREES: forest_encoder,
    Estimator.GRADIENT_BOOSTING: forest_encoder,
    Estimator.XGBOOST: native_encoder,
    Estimator.LIGHTGBM: native_encoder,
}


def feature_pipeline(
    use_case: UseCase, moment: Moment, candidate: Candidate, *, seed: int, threads: int
) -> Pipeline:
    """The unfitted pipeline of one candidate, over the columns of `feature_frame`.

    Parameters
    ----------
    use_case : UseCase
        Whose columns and task to learn.
    moment : Moment
        Columns known only later are never read.
    candidate : Candidate
        Model family and the parameters that differ from its defaults.
    seed : int
        Seed of all randomness; equal seeds and rows give an equal model.
    threads : int
        Threads that fitting and predicting may use.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Steps `encode` (a ColumnTransformer) and `model`.
    """
    encoder = encoder_of(use_case, moment, candidate.estimator)
    model = model_of(use_case, moment, candidate, seed=seed, threads=threads)
    return Pipeline([("encode", encoder), ("model", model)])


def encoder_of(use_case: UseCase, moment: Moment, estimator: Estimator) -> ColumnTransformer:
    """The unfitted encoder of a family; as in `feature_pipeline`."""
    return ENCODERS[estimator](_columns(use_case, moment, estimator))


def model_of(
    use_case: UseCase, moment: Moment, candidate: Candidate, *, seed: int, threads: int
) -> Any:
    """The unfitted model of a candidate, over what its encoder gives; as in `feature_pipeline`."""
    columns = _columns(use_case, moment, candidate.estimator)
    native = _native(candidate.estimator)
    fit = Fit(
        binary=is_binary(use_case.task),
        native_levels=count_of_native_levels(columns) if native else 0,
        width=len(columns) if native else 0,
        seed=seed,
        threads=threads,
    )
    return ESTIMATORS[candidate.estimator](fit, dict(candidate.params))


def _columns(use_case: UseCase, moment: Moment, estimator: Estimator) -> tuple[Column, ...]:
    """Families that split levels as they like need no groups of them."""
    if _native(estimator):
        return use_case.schema.features(moment)
    return model_columns(use_case, moment)


def _native(estimator: Estimator) -> bool:
    return ENCODERS[estimator] is native_encoder
