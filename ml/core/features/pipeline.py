"""The pipeline of one candidate: an encoder and a model, fitted together and only together."""

from __future__ import annotations

from sklearn.pipeline import Pipeline

from ml.contract.candidates import Candidate
from ml.contract.moments import Moment
from ml.contract.names import Estimator
from ml.contract.use_case import UseCase
from ml.core.features.encoders import (
    count_of_native_levels,
    forest_encoder,
    linear_encoder,
    native_encoder,
)
from ml.core.features.estimators import ESTIMATORS, Fit, is_binary
from ml.core.features.frame import model_columns

_NATIVE = frozenset({Estimator.LIGHTGBM, Estimator.XGBOOST})


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
    native = candidate.estimator in _NATIVE
    columns = use_case.schema.features(moment) if native else model_columns(use_case, moment)
    encoders = {
        Estimator.LOGISTIC_REGRESSION: linear_encoder,
        Estimator.RANDOM_FOREST: forest_encoder,
    }
    encoder = encoders.get(candidate.estimator, native_encoder)(columns)
    fit = Fit(
        binary=is_binary(use_case.task),
        native_levels=count_of_native_levels(columns) if native else 0,
        width=len(columns) if native else 0,
        seed=seed,
        threads=threads,
    )
    model = ESTIMATORS[candidate.estimator](fit, dict(candidate.params))
    return Pipeline([("encode", encoder), ("model", model)])
