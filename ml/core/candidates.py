"""Candidates: every combination of a grid is fitted, judged on validation rows and compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from ml.contract.candidates import Candidate
from ml.contract.errors import LeadwiseError, TooFewOutcomes
from ml.contract.modelling import BinaryTask, Task
from ml.contract.moments import Moment
from ml.contract.names import Score
from ml.contract.use_case import UseCase
from ml.core.features import feature_frame, feature_pipeline
from ml.core.metrics import figures

Floats = NDArray[np.float64]

#: Rows that keep one more thread busy. With fewer, threads mostly wait for each other, and OpenMP
#: and BLAS wait by spinning: on a busy machine 6,000 rows then take up to 30 times the CPU time.
_ROWS_PER_THREAD = 20_000


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Rows to learn from or to be judged on: what was known, and what happened.

    Parameters
    ----------
    features : DataFrame of shape (n_rows, n_columns)
        Only columns that are known by the moment.
    outcome : ndarray of shape (n_rows,)
        The target as numbers.
    """

    features: pd.DataFrame
    outcome: Floats

    @classmethod
    def of(cls, table: pa.Table, use_case: UseCase, moment: Moment) -> Examples:
        """Examples of a clean table.

        Raises
        ------
        LeadwiseError
            If the table has no target, or rows without an outcome.
        """
        name = use_case.schema.target.name
        if name not in table.column_names:
            raise LeadwiseError(
                f"the table has no column {name!r}, so nothing can be learnt from it"
            )
        if missing := table[name].null_count:
            raise LeadwiseError(
                f"{missing} of {table.num_rows} rows have no {name!r}; "
                "leave them out of the snapshot"
            )
        outcome = table[name].to_numpy().astype(np.float64)
        return cls(features=feature_frame(table, use_case, moment), outcome=outcome)

    def join(self, more: Examples) -> Examples:
        """These rows and then those."""
        return Examples(
            features=pd.concat([self.features, more.features], ignore_index=True),
            outcome=np.concatenate([self.outcome, more.outcome]),
        )

    def take(self, rows: NDArray[np.intp]) -> Examples:
        """Some of the rows."""
        features = self.features.iloc[rows].reset_index(drop=True)
        return Examples(features=features, outcome=self.outcome[rows])


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A configuration that was fitted and judged.

    Parameters
    ----------
    candidate : Candidate
        One configuration: its grid is empty.
    pipeline : Pipeline
        Fitted on training rows only.
    predicted : ndarray of shape (n_validation_rows,)
        What it said of the validation rows.
    figures : dict of Score to float
        How good that was.
    """

    candidate: Candidate
    pipeline: Pipeline
    predicted: Floats
    figures: dict[Score, float]


def configurations(candidate: Candidate) -> list[Candidate]:
    """Every combination of a candidate's grid, each as a candidate without a grid.

    Examples
    --------
    >>> from ml.contract.names import Estimator
    >>> grid = (("max_depth", (3, 6)), ("n_estimators", (100, 200)))
    >>> found = configurations(Candidate(estimator=Estimator.LIGHTGBM, grid=grid))
    >>> [describe(one) for one in found][0], len(found)
    ('lightgbm max_depth=3 n_estimators=100', 4)
    """
    names = [name for name, _ in candidate.grid]
    combinations = product(*(values for _, values in candidate.grid))
    return [
        replace(candidate, params=_merged(candidate, names, values), grid=())
        for values in combinations
    ]


def _merged(
    candidate: Candidate, names: list[str], values: tuple[str | int | float | bool | None, ...]
) -> tuple[tuple[str, str | int | float | bool | None], ...]:
    return tuple((dict(candidate.params) | dict(zip(names, values, strict=True))).items())


def describe(candidate: Candidate) -> str:
    """A configuration in one line: the family and what differs from its defaults."""
    return " ".join([candidate.estimator, *(f"{name}={value}" for name, value in candidate.params)])


def fit(
    candidate: Candidate,
    examples: Examples,
    use_case: UseCase,
    moment: Moment,
    *,
    seed: int,
    threads: int,
) -> Pipeline:
    """A configuration's pipeline, fitted.

    Parameters
    ----------
    threads : int
        Most threads to use; small tables use fewer.

    Raises
    ------
    TooFewOutcomes
        If the examples hold one outcome only: there is nothing to tell apart.
    """
    if len(np.unique(examples.outcome)) < 2:
        raise TooFewOutcomes("a second outcome", 0, len(examples.outcome), 1)
    busy = min(threads, 1 + len(examples.outcome) // _ROWS_PER_THREAD)
    pipeline = feature_pipeline(use_case, moment, candidate, seed=seed, threads=busy)
    with threadpool_limits(limits=busy):  # BLAS, too: the linear family has no other say
        return pipeline.fit(examples.features, examples.outcome.astype(np.int64))


def predict(pipeline: Pipeline, features: pd.DataFrame, task: Task) -> Floats:
    """Probabilities of the event for a binary task, ratings for an ordinal one."""
    if isinstance(task, BinaryTask):
        return np.asarray(pipeline.predict_proba(features), dtype=np.float64)[:, 1]
    return np.asarray(pipeline.predict(features), dtype=np.float64)


def attempts(
    use_case: UseCase,
    moment: Moment,
    train: Examples,
    validation: Examples,
    *,
    seed: int = 0,
    threads: int = 2,
) -> Iterator[Trial]:
    """Fit every configuration of every candidate on training rows and judge it on validation rows.

    Parameters
    ----------
    use_case : UseCase
        Whose candidates to try.
    moment : Moment
        Which columns they may see.
    train, validation : Examples
        Rows to fit on, and rows that choose.
    seed : int, default=0
        Same seed, same models.
    threads : int, default=2
        Threads for fitting.

    Yields
    ------
    Trial
        One at a time, so that a caller can record each as it comes.
    """
    for candidate in use_case.candidates:
        for one in configurations(candidate):
            pipeline = fit(one, train, use_case, moment, seed=seed, threads=threads)
            predicted = predict(pipeline, validation.features, use_case.task)
            found = figures(use_case.task, validation.outcome, predicted)
            yield Trial(candidate=one, pipeline=pipeline, predicted=predicted, figures=found)


def best(trials: Sequence[Trial], score: Score) -> Trial:
    """The trial with the best figure; of equals the one that stands first in the use case.

    Raises
    ------
    LeadwiseError
        If no trial has the figure.
    """
    sign = -1.0 if score.lower_is_better else 1.0
    judged = [trial for trial in trials if np.isfinite(trial.figures[score])]
    if not judged:
        tried = ", ".join(describe(trial.candidate) for trial in trials) or "nothing"
        raise LeadwiseError(
            f"no candidate has a figure for {score} (tried: {tried}); see their runs"
        )
    return max(judged, key=lambda trial: sign * trial.figures[score])
