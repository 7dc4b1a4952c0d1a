"""Calibrators: what a model's probability has to become so that it comes true that often.

Each rises wherever the model's prediction rises, so that no two leads change their order.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from ml.core.columns import Floats
from ml.core.scoring.models import logistic, logistic_one

#: Log-odds are taken of probabilities no closer to 0 and 1: forests do say "never".
_EDGE = 1e-9


class Calibration(StrEnum):
    """Ways to calibrate, from the plainest; the value stands in the package."""

    NONE = "none"
    SIGMOID = "sigmoid"
    ISOTONIC = "isotonic"


class Calibrator(Protocol):
    """Turns what a model says into what is said of a lead."""

    @property
    def kind(self) -> Calibration:
        """Which way it is."""

    def one(self, predicted: float) -> float:
        """One prediction, calibrated."""

    def many(self, predicted: Floats) -> Floats:
        """Many predictions, calibrated."""

    def to_json(self) -> dict[str, Any]:
        """Plain data that `calibrator_from` reads back to an equal value."""


@dataclass(frozen=True, kw_only=True)
class Unchanged:
    """Takes the model at its word."""

    kind = Calibration.NONE

    def one(self, predicted: float) -> float:
        return predicted

    def many(self, predicted: Floats) -> Floats:
        return predicted

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind}


@dataclass(frozen=True, kw_only=True)
class Sigmoid:
    """A line over the log-odds (Platt 1999, on log-odds instead of margins).

    Parameters
    ----------
    slope : float
        Above 0; below 1 where the model is too sure of itself.
    offset : float
        Log-odds that the model is off by in the middle.
    """

    slope: float
    offset: float

    kind = Calibration.SIGMOID

    def __post_init__(self) -> None:
        if not (self.slope > 0 and math.isfinite(self.slope) and math.isfinite(self.offset)):
            raise ValueError(f"slope {self.slope!r} and offset {self.offset!r} calibrate nothing")

    def one(self, predicted: float) -> float:
        held = min(1 - _EDGE, max(_EDGE, predicted))
        return logistic_one(self.slope * math.log(held / (1 - held)) + self.offset)

    def many(self, predicted: Floats) -> Floats:
        return logistic(self.slope * log_odds(predicted) + self.offset)

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "slope": self.slope, "offset": self.offset}


@dataclass(frozen=True, kw_only=True)
class Isotonic:
    """Straight lines between the centres of an isotonic fit's steps: rising, never flat.

    Oron and Flournoy 2017, "Centered isotonic regression": steps would give many leads one
    score, and no reasons for what tells them apart.

    Parameters
    ----------
    said, seen : tuple of float
        Corners of the line, both ascending; what the model may say begins at 0 and ends at 1.
    """

    said: tuple[float, ...]
    seen: tuple[float, ...]

    kind = Calibration.ISOTONIC

    def __post_init__(self) -> None:
        if len(self.said) != len(self.seen) or len(self.said) < 2:
            raise ValueError(f"{len(self.said)} corners said, {len(self.seen)} seen")
        for corners in (self.said, self.seen):
            if not all(low < high for low, high in pairwise((*corners, 2.0))):
                raise ValueError("corners of an isotonic calibrator must ascend")
        if (self.said[0], self.said[-1]) != (0.0, 1.0) or self.seen[0] < 0 or self.seen[-1] > 1:
            raise ValueError("corners of an isotonic calibrator must span probabilities")

    def one(self, predicted: float) -> float:
        at = min(max(bisect_right(self.said, predicted), 1), len(self.said) - 1)
        left, right = self.said[at - 1], self.said[at]
        low, high = self.seen[at - 1], self.seen[at]
        return low + (high - low) * ((predicted - left) / (right - left))

    def many(self, predicted: Floats) -> Floats:
        return np.interp(predicted, self.said, self.seen)

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "said": list(self.said), "seen": list(self.seen)}


def log_odds(predicted: Floats) -> Floats:
    """Log-odds of probabilities, finite for 0 and 1 too."""
    held = np.clip(predicted, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(held / (1 - held)))


_READERS: Mapping[Calibration, Callable[[Mapping[str, Any]], Calibrator]] = {
    Calibration.NONE: lambda _: Unchanged(),
    Calibration.SIGMOID: lambda plain: Sigmoid(
        slope=float(plain["slope"]), offset=float(plain["offset"])
    ),
    Calibration.ISOTONIC: lambda plain: Isotonic(
        said=tuple(map(float, plain["said"])), seen=tuple(map(float, plain["seen"]))
    ),
}


def calibrator_from(plain: Mapping[str, Any]) -> Calibrator:
    """The calibrator of plain data; KeyError, TypeError or ValueError if it is none."""
    return _READERS[Calibration(plain["kind"])](plain)
