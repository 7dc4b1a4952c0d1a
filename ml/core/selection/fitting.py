"""Fits one configuration: encoder and model together, as they are packaged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils.class_weight import compute_sample_weight
from threadpoolctl import threadpool_limits

from ml.contract.candidates import Candidate
from ml.contract.errors import TooFewOutcomes
from ml.contract.modelling import BinaryTask, Task
from ml.contract.moments import Moment
from ml.contract.use_case import UseCase
from ml.core.features import feature_pipeline
from ml.core.features.monotone import fit_held
from ml.core.selection.examples import Examples

Floats = NDArray[np.float64]

#: Rows that keep one more thread busy. With fewer, threads mostly wait for each other, and OpenMP
#: and BLAS wait by spinning: on a busy machine 6,000 rows then take up to 30 times the CPU time.
_ROWS_PER_THREAD = 20_000


@contextmanager
def busy_threads(rows: int, threads: int) -> Iterator[int]:
    """How many of at most `threads` threads so many rows keep busy; BLAS keeps to it as well."""
    busy = min(threads, 1 + rows // _ROWS_PER_THREAD)
    with threadpool_limits(limits=busy):  # the linear family has no other say
        yield busy


def fit(
    candidate: Candidate,
    examples: Examples,
    use_case: UseCase,
    moment: Moment,
    *,
    seed: int,
    threads: int,
) -> Pipeline:
    """A configuration's pipeline, fitted on all rows that it is given.

    Parameters
    ----------
    candidate : Candidate
        Settled: with all rows to learn from there are none to stop boosting by.
    threads : int
        Most threads to use; small tables use fewer.

    Raises
    ------
    TooFewOutcomes
        If the examples hold one outcome only: there is nothing to tell apart.
    """
    if len(np.unique(examples.outcome)) < 2:
        raise TooFewOutcomes("a second outcome", 0, len(examples), 1)
    with busy_threads(len(examples), threads) as busy:
        pipeline = feature_pipeline(use_case, moment, candidate, seed=seed, threads=busy)
        encoder, model = pipeline.named_steps["encode"], pipeline.named_steps["model"]
        encoded = encoder.fit_transform(examples.features)
        outcome, given = examples.outcome.astype(np.int64), weights(candidate, examples)
        columns = use_case.schema.features(moment)
        fit_held(model, lambda rows: model.fit(rows, outcome, **given), encoded, encoder, columns)
        return pipeline


def weights(candidate: Candidate, examples: Examples) -> dict[str, Floats]:
    """The argument that weighs both outcomes equally, where a candidate asks for it."""
    if not candidate.class_weights:
        return {}
    return {"sample_weight": compute_sample_weight("balanced", examples.outcome)}


def predict(model: Any, features: Any, task: Task) -> Floats:
    """What a fitted pipeline, or a model alone, says of its input's rows.

    Returns
    -------
    ndarray of shape (n_rows,)
        Probabilities of the event for a binary task, ratings for an ordinal one.
    """
    if isinstance(task, BinaryTask):
        return np.asarray(model.predict_proba(features), dtype=np.float64)[:, 1]
    return np.asarray(model.predict(features), dtype=np.float64)
