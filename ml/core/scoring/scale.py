"""The scale that people see: whole points from 0 to 100, and the band of each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ml.contract.modelling import OrdinalTask, Task
from ml.contract.use_case import UseCase
from ml.core.columns import Floats
from ml.core.scoring.bands import band_names


def points_per_unit(task: Task) -> float:
    """Points on the 0-100 scale that one unit of the prediction is worth."""
    return 100.0 / (task.high - task.low) if isinstance(task, OrdinalTask) else 100.0


class Scale:
    """Turns predictions into points, and points into bands.

    Parameters
    ----------
    use_case : UseCase
        Whose task and bands.
    expected : ndarray of shape (n,)
        Percentiles of predictions such as those to come: bands of a share begin among them.
    """

    def __init__(self, use_case: UseCase, expected: Floats) -> None:
        self._start = use_case.task.low if isinstance(use_case.task, OrdinalTask) else 0
        self._points = points_per_unit(use_case.task)
        self._bands = band_names(use_case.bands, self.points(expected))

    def points(self, predictions: Floats) -> Floats:
        """Predictions on the 0-100 scale, neither rounded nor held to its ends."""
        return (predictions - self._start) * self._points

    def score(self, prediction: float) -> int:
        """Whole points from 0 to 100 of a prediction, halves rounded up."""
        points = (prediction - self._start) * self._points
        return min(100, max(0, int(points + 0.5)))

    def scores(self, predictions: Floats) -> npt.NDArray[np.int64]:
        """As `score`, for many predictions."""
        return np.asarray(np.clip(self.points(predictions) + 0.5, 0, 100)).astype(np.int64)

    def band(self, score: int) -> str:
        """Name of the band of a score from 0 to 100."""
        return self._bands[score]

    def bands(self, scores: npt.NDArray[np.int64]) -> pa.StringArray:
        """As `band`, for many scores."""
        return pa.array(self._bands).take(pa.array(scores))
