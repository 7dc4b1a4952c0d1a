"""Models as the scorer runs them: three engines behind one protocol."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Protocol

import numpy as np

from ml.contract.errors import UntrustedPackage
from ml.core.columns import Floats
from ml.core.scoring import canonical
from ml.core.scoring.forest_text import AVERAGED
from ml.core.scoring.leaf_masks import MANY_ROWS, LeafMasks, proven_masks
from ml.core.scoring.lightgbm_library import Ask, Trees
from ml.core.scoring.xgboost_library import Booster


class Link(StrEnum):
    """The scale on which contributions add up to the prediction."""

    LOG_ODDS = "log_odds"
    IDENTITY = "identity"


class Model(Protocol):
    """Turns encoded rows into predictions."""

    @property
    def width(self) -> int:
        """Positions of a row."""

    def predict(self, matrix: Floats) -> Floats:
        """Predictions of shape (n_rows,)."""

    def predict_one(self, row: list[float]) -> float:
        """Prediction of one row."""

    def contributions(self, matrix: Floats) -> Floats:
        """What each position adds, on the link's scale; the base value in the last column."""


class TreesModel:
    """Boosted trees in LightGBM's text."""

    def __init__(self, text: bytes, link: Link, threads: int) -> None:
        if not text.startswith(b"tree\n") or not text.isascii():
            raise UntrustedPackage("the model file is not a LightGBM text; package the model again")
        self._trees, self._text = Trees(text, threads=threads), text
        self.width, self.count = self._trees.width, self._trees.count
        self.predict_one = self._trees.ask_one

    def predict(self, matrix: Floats) -> Floats:
        masks = self._masks if len(matrix) >= MANY_ROWS else None
        return masks.predict(matrix) if masks else self._walked(matrix)

    @cached_property
    def _masks(self) -> LeafMasks | None:
        return proven_masks(self._text, self._walked, self.width)

    def _walked(self, matrix: Floats) -> Floats:
        return self._trees.ask(matrix, Ask.PREDICTION)[:, 0]

    def contributions(self, matrix: Floats) -> Floats:
        return self._trees.ask(matrix, Ask.CONTRIBUTIONS)


class ForestModel:
    """scikit-learn's trees in the same text; they compare values that are rounded to 32 bits."""

    def __init__(self, text: bytes, link: Link, threads: int) -> None:
        self._trees = TreesModel(text, link, threads)
        self.width = self._trees.width
        # The library averages the trees' predictions but only sums their contributions.
        self._divisor = self._trees.count if AVERAGED in text else 1

    def predict(self, matrix: Floats) -> Floats:
        return self._trees.predict(_rounded(matrix))

    def predict_one(self, row: list[float]) -> float:
        return self._trees.predict_one(array("f", row).tolist())

    def contributions(self, matrix: Floats) -> Floats:
        return self._trees.contributions(_rounded(matrix)) / self._divisor


def _rounded(matrix: Floats) -> Floats:
    return matrix.astype(np.float32).astype(np.float64)


class XgboostModel:
    """Boosted trees in XGBoost's JSON."""

    def __init__(self, text: bytes, link: Link, threads: int) -> None:
        canonical.from_bytes(text)  # the library guesses formats: let it see nothing but JSON
        single = Booster(text, threads=1)  # starting a second thread takes longer than one lead
        self._many = single if threads == 1 else Booster(text, threads=threads)
        self.width = single.width
        self.predict_one = single.predict_one

    def predict(self, matrix: Floats) -> Floats:
        return self._many.predict(matrix) if len(matrix) else np.empty(0)

    def contributions(self, matrix: Floats) -> Floats:
        if not len(matrix):
            return np.empty((0, self.width + 1))
        return self._many.contributions(matrix)


class LinearModel:
    """Coefficients, an intercept and the training means that reasons are measured from."""

    def __init__(self, text: bytes, link: Link, threads: int) -> None:
        plain = canonical.from_bytes(text)
        self._coefficients = np.array(plain["coefficients"], dtype=np.float64)
        self._means = np.array(plain["means"], dtype=np.float64)
        self._intercept = float(plain["intercept"])
        self._factors = self._coefficients.tolist()
        self._logistic = link is Link.LOG_ODDS
        self.width = len(self._factors)

    def predict(self, matrix: Floats) -> Floats:
        margin = matrix @ self._coefficients + self._intercept
        return logistic(margin) if self._logistic else margin

    def predict_one(self, row: list[float]) -> float:
        factors = zip(row, self._factors, strict=True)
        margin = sum(value * factor for value, factor in factors) + self._intercept
        return logistic_one(margin) if self._logistic else margin

    def contributions(self, matrix: Floats) -> Floats:
        parts = (matrix - self._means) * self._coefficients
        base = float(self._means @ self._coefficients) + self._intercept
        return np.column_stack([parts, np.full(len(matrix), base)])


def linear_text(coefficients: Floats, intercept: float, means: Floats) -> bytes:
    """The file that `LinearModel` reads."""
    return canonical.to_bytes(
        {
            "coefficients": coefficients.tolist(),
            "intercept": float(intercept),
            "means": means.tolist(),
        }
    )


def logistic(margin: Floats) -> Floats:
    """Probability of log-odds, without overflow."""
    shrunk = np.exp(-np.abs(margin))
    return np.asarray(np.where(margin >= 0, 1.0, shrunk) / (1.0 + shrunk))


def logistic_one(margin: float) -> float:
    """Probability of one log-odds, without overflow.

    Examples
    --------
    >>> logistic_one(0.0), logistic_one(-1000.0), logistic_one(1000.0)
    (0.5, 0.0, 1.0)
    """
    shrunk = math.exp(-abs(margin))
    return (1.0 if margin >= 0 else shrunk) / (1.0 + shrunk)


class Engine(StrEnum):
    """How a model file is run; the value stands in the manifest."""

    TREES = "lightgbm_text"
    FOREST = "forest_text"
    XGBOOST = "xgboost_json"
    LINEAR = "coefficients"


_LOADERS: Mapping[Engine, Callable[[bytes, Link, int], Model]] = {
    Engine.TREES: TreesModel,
    Engine.FOREST: ForestModel,
    Engine.XGBOOST: XgboostModel,
    Engine.LINEAR: LinearModel,
}


def load_model(engine: Engine, text: bytes, link: Link, *, threads: int) -> Model:
    """The model of a file that was checked against its manifest.

    Raises
    ------
    UntrustedPackage
        If the file is not what its engine reads.
    """
    try:
        return _LOADERS[engine](text, link, threads)
    except (KeyError, TypeError, ValueError) as error:
        raise UntrustedPackage(
            f"the model file is no {engine}: {error}; package it again"
        ) from error
