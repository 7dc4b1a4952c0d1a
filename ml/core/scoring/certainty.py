"""How sure a score is: limits of the probability or rating, and which outcomes are still open."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ml.contract.modelling import BinaryTask, OrdinalTask, Task
from ml.core.columns import Floats


class Certainty(StrEnum):
    """Which outcomes of a binary task are possible for a lead."""

    LIKELY = "likely"
    OPEN = "open"
    UNLIKELY = "unlikely"


class Sureness(NamedTuple):
    """What is known of one prediction."""

    low: float
    high: float
    certainty: Certainty | None


class Possible(NamedTuple):
    """Whether an event, and whether none, is among the possible outcomes of each row."""

    event: npt.NDArray[np.bool_]
    other: npt.NDArray[np.bool_]


class ManySure(NamedTuple):
    """The same of many predictions; arrays of shape (n_rows,)."""

    low: Floats
    high: Floats
    certainty: list[Certainty] | list[None]
    possible: Possible | None
    """Which outcomes are possible; None where the task is not binary."""


class Surety(Protocol):
    """Looks up how sure predictions are."""

    def one(self, model: float, said: float) -> Sureness:
        """Of one lead: what the model predicted, and what is said of it after calibration."""

    def many(self, model: Floats, said: Floats) -> ManySure:
        """Of many leads."""

    def to_json(self) -> dict[str, Any]:
        """Plain data that `surety_from` reads back to an equal value."""


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """Two step tables of probabilities, and two thresholds between which the outcome is open.

    Parameters
    ----------
    edges : tuple of float
        Predictions of the model at which a new step begins, ascending.
    low, high : tuple of float
        Venn-Abers probabilities of each step, one more than edges.
    likely_from : float
        From here up an event is possible: at most a tenth of events lie below.
    unlikely_to : float
        Up to here no event is possible: at most a tenth of the others lie above.
    """

    edges: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    likely_from: float
    unlikely_to: float

    def __post_init__(self) -> None:
        if not len(self.low) == len(self.high) == len(self.edges) + 1:
            raise ValueError("steps of the interval tables do not fit their edges")
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError("edges of the interval tables must ascend")
        if not all(0 <= low <= high <= 1 for low, high in zip(self.low, self.high, strict=True)):
            raise ValueError("the interval tables hold what is no interval of probabilities")

    def one(self, model: float, said: float) -> Sureness:
        at = bisect_right(self.edges, model)
        low, high = self.low[at], self.high[at]
        event, other = model >= self.likely_from, model <= self.unlikely_to
        sure = _OPEN if event is other else _LIKELY if event else _UNLIKELY
        # The tables rank by the model alone and may lie beside what is said: the lead's own
        # prediction is never outside its interval.
        return Sureness(min(low, said), max(high, said), sure)

    def many(self, model: Floats, said: Floats) -> ManySure:
        at = np.searchsorted(self.edges, model, side="right")
        possible = Possible(model >= self.likely_from, model <= self.unlikely_to)
        sure = np.where(possible.event == possible.other, 0, np.where(possible.event, 1, 2))
        return ManySure(
            np.minimum(np.array(self.low)[at], said),
            np.maximum(np.array(self.high)[at], said),
            [_ANSWERS[place] for place in sure.tolist()],
            possible,
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


_OPEN, _LIKELY, _UNLIKELY = _ANSWERS = (Certainty.OPEN, Certainty.LIKELY, Certainty.UNLIKELY)


@dataclass(frozen=True, kw_only=True)
class Distance:
    """A rating is at most so far from what is said, nine times in ten.

    Parameters
    ----------
    most : float
        In units of the rating.
    low, high : float
        Ends of the scale.
    """

    most: float
    low: float
    high: float

    def one(self, model: float, said: float) -> Sureness:
        held = min(self.high, max(self.low, said))
        return Sureness(max(self.low, held - self.most), min(self.high, held + self.most), None)

    def many(self, model: Floats, said: Floats) -> ManySure:
        held = np.clip(said, self.low, self.high)
        low, high = np.maximum(self.low, held - self.most), np.minimum(self.high, held + self.most)
        return ManySure(low, high, [None] * len(said), None)

    def to_json(self) -> dict[str, Any]:
        return {"most": self.most}


def surety_from(plain: Mapping[str, Any], task: Task) -> Surety:
    """The tables of plain data; KeyError, TypeError or ValueError if they are none."""
    if isinstance(task, OrdinalTask):
        return Distance(most=float(plain["most"]), low=task.low, high=task.high)
    if not isinstance(task, BinaryTask):
        raise TypeError(f"nothing is known of how sure a {type(task).__name__} is")
    edges, low, high = (tuple(map(float, plain[name])) for name in ("edges", "low", "high"))
    likely_from, unlikely_to = float(plain["likely_from"]), float(plain["unlikely_to"])
    return Outcomes(
        edges=edges, low=low, high=high, likely_from=likely_from, unlikely_to=unlikely_to
    )
