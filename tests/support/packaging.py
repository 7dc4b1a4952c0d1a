"""Fitted pipelines and the packages made of them, each made once per test session."""

from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from sklearn.pipeline import Pipeline

from ml.contract.candidates import Candidate
from ml.contract.modelling import BinaryTask
from ml.contract.moments import ARRIVAL, Moment
from ml.contract.names import Estimator
from ml.contract.use_case import UseCase
from ml.core.features import feature_frame, feature_pipeline
from ml.core.scoring import Scorer, package, package_sha256
from tests.support.small_use_case import small_rows

FEW_TREES = {
    Estimator.RANDOM_FOREST: 30,
    Estimator.EXTRA_TREES: 30,
    Estimator.GRADIENT_BOOSTING: 40,
    Estimator.XGBOOST: 40,
    Estimator.LIGHTGBM: 40,
}


class Packed(NamedTuple):
    """A fitted pipeline with its package and its scorer."""

    use_case: UseCase
    moment: Moment
    table: pa.Table
    pipeline: Pipeline
    files: dict[str, bytes]
    scorer: Scorer

    def said(self, table: pa.Table) -> np.ndarray:
        """What the pipeline says of clean rows."""
        frame = feature_frame(table, self.use_case, self.moment)
        if isinstance(self.use_case.task, BinaryTask):
            return self.pipeline.predict_proba(frame)[:, 1]
        return np.asarray(self.pipeline.predict(frame), dtype=np.float64)


def pack(
    use_case: UseCase, moment: Moment, table: pa.Table, estimator: Estimator, **params
) -> Packed:
    """Fit, package and load one family."""
    candidate = Candidate(estimator=estimator, params=tuple(params.items()))
    pipeline = feature_pipeline(use_case, moment, candidate, seed=3, threads=1)
    pipeline.fit(
        feature_frame(table, use_case, moment), table[use_case.schema.target.name].to_numpy()
    )
    files = package(
        pipeline, use_case=use_case, moment=moment, model_name="small", background=table,
        facts={"run": "r1"},
    )  # fmt: skip
    scorer = Scorer.load(
        files, version="7", use_case=use_case, expected_sha256=package_sha256(files)
    )
    return Packed(use_case, moment, table, pipeline, files, scorer)


@cache
def small_pack(use_case: UseCase, estimator: Estimator, moment: Moment = ARRIVAL) -> Packed:
    """A small model of the small use case."""
    trees = FEW_TREES.get(estimator)
    params = {} if trees is None else {"n_estimators": trees}
    return pack(use_case, moment, small_rows(use_case), estimator, **params)
