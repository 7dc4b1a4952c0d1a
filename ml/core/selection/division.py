"""A division of rows into those that teach and those that judge; encoded once per encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import train_test_split

from ml.contract.candidates import Candidate
from ml.contract.modelling import BinaryTask
from ml.contract.moments import Moment
from ml.contract.names import Estimator, Score
from ml.contract.use_case import UseCase
from ml.core.features import ENCODERS, encoder_of, model_of
from ml.core.features.monotone import fit_held
from ml.core.metrics import figures
from ml.core.selection.early_stopping import Rows, fit_until_idle
from ml.core.selection.examples import Examples
from ml.core.selection.fitting import busy_threads, predict, weights

Floats = NDArray[np.float64]

#: Share of the rows that teach which instead say when boosting should stop.
_STOPPING_SHARE = 0.1


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A configuration that was fitted on a division's learning rows and judged on the others.

    Parameters
    ----------
    predicted : ndarray of shape (n_judged_rows,)
        What it said of them.
    figures : dict of Score to float
        How good that was.
    rounds : int or None
        After how many trees boosting stopped, where the configuration lets it.
    """

    predicted: Floats
    figures: dict[Score, float]
    rounds: int | None


class Division:
    """Learning rows and judged rows of one use case and moment.

    Parameters
    ----------
    use_case : UseCase
    moment : Moment
    learning, judged : Examples
        No row may be in both.
    """

    def __init__(
        self, use_case: UseCase, moment: Moment, learning: Examples, judged: Examples
    ) -> None:
        self._use_case, self._moment = use_case, moment
        self.learning, self.judged = learning, judged
        self._encoded: dict[object, tuple[ColumnTransformer, Floats, Floats]] = {}

    def judge(self, candidate: Candidate, *, seed: int, threads: int) -> Judged:
        """Fit a configuration on the learning rows and judge it on the others.

        Early stopping looks at rows that are taken from the learning rows, never at judged ones.
        """
        encoder, taught, asked = self._encode(candidate.estimator)
        with busy_threads(len(self.learning), threads) as busy:
            model = model_of(self._use_case, self._moment, candidate, seed=seed, threads=busy)
            columns = self._use_case.schema.features(self._moment)
            rounds = fit_held(
                model, lambda rows: self._fit(model, candidate, rows, seed), taught, encoder,
                columns,
            )  # fmt: skip
            predicted = predict(model, asked, self._use_case.task)
        found = figures(self._use_case.task, self.judged.outcome, predicted)
        return Judged(predicted=predicted, figures=found, rounds=rounds)

    def _encode(self, estimator: Estimator) -> tuple[ColumnTransformer, Floats, Floats]:
        key = ENCODERS[estimator]
        if key not in self._encoded:
            encoder = encoder_of(self._use_case, self._moment, estimator)
            taught = encoder.fit_transform(self.learning.features)
            self._encoded[key] = encoder, taught, encoder.transform(self.judged.features)
        return self._encoded[key]

    def _fit(self, model: Any, candidate: Candidate, encoded: Floats, seed: int) -> int | None:
        outcome = self.learning.outcome.astype(np.int64)
        given = weights(candidate, self.learning)
        if not candidate.patience:
            model.fit(encoded, outcome, **given)
            return None
        parts = train_test_split(
            np.arange(len(outcome)),
            test_size=_STOPPING_SHARE,
            stratify=outcome if isinstance(self._use_case.task, BinaryTask) else None,
            random_state=seed,
        )
        kept, aside = (
            Rows(
                encoded=encoded[rows],
                outcome=outcome[rows],
                weights={name: values[rows] for name, values in given.items()},
            )
            for rows in parts
        )
        return fit_until_idle(candidate.estimator, model, kept, aside, candidate.patience)
