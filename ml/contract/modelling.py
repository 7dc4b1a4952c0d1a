"""Tasks and bands: what is predicted, and what its scores mean."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from ml.contract.errors import InvalidUseCase
from ml.contract.names import Score


class Task(ABC):
    """What is predicted, and which metrics can judge it."""

    @property
    @abstractmethod
    def scores(self) -> frozenset[Score]:
        """Metrics that make sense for the task."""

    @property
    @abstractmethod
    def target_words(self) -> tuple[str, ...]:
        """The only texts that a training file may hold in the target column."""


@dataclass(frozen=True, kw_only=True)
class BinaryTask(Task):
    """Does it happen or not: 1 or 0. The score is a probability.

    Parameters
    ----------
    event : str, default='converts'
        What happens, as a verb for sentences.
    """

    event: str = "converts"

    @property
    def scores(self) -> frozenset[Score]:
        return frozenset(Score) - {Score.SPEARMAN, Score.MAE, Score.RMSE}

    @property
    def target_words(self) -> tuple[str, ...]:
        return ("0", "1")


@dataclass(frozen=True, kw_only=True)
class OrdinalTask(Task):
    """A rating from `low` to `high`, predicted as a number and judged by rank correlation."""

    low: int = 1
    high: int = 5

    def __post_init__(self) -> None:
        if self.low >= self.high:
            raise InvalidUseCase(
                f"ordinal task from {self.low} to {self.high}: low must be below high"
            )

    @property
    def scores(self) -> frozenset[Score]:
        return frozenset({Score.SPEARMAN, Score.MAE, Score.RMSE})

    @property
    def target_words(self) -> tuple[str, ...]:
        return tuple(str(rating) for rating in range(self.low, self.high + 1))


@dataclass(frozen=True, kw_only=True)
class Band:
    """A named range of scores from 0 to 100, open upwards to the next band.

    Parameters
    ----------
    name : str
    at_least : int or None
        Lowest score.
    best_share : float or None
        Share of leads, the best of them, that the band and those above it hold together: a team
        that works 200 of 2,000 leads a day has a band of 0.1. From 0.01 to below 1; the model's
        package knows at which score it begins.
    advice : str
        What to do with such a lead.

    Raises
    ------
    InvalidUseCase
        Unless exactly one of `at_least` and `best_share` is given, and in range.
    """

    name: str
    at_least: int | None = None
    best_share: float | None = None
    advice: str = ""

    def __post_init__(self) -> None:
        if (self.at_least is None) == (self.best_share is None):
            raise InvalidUseCase(f"band {self.name!r}: give either at_least or best_share")
        if self.best_share is not None and not 0.01 <= self.best_share < 1:
            raise InvalidUseCase(
                f"band {self.name!r}: best_share is {self.best_share}; expected 0.01 to below 1"
            )


def check_bands(bands: tuple[Band, ...]) -> None:
    """Refuse bands that leave a score without a name.

    Raises
    ------
    InvalidUseCase
        Unless scores descend, shares ascend, and the last band begins at 0.
    """
    edges = [band.at_least for band in bands if band.at_least is not None]
    if not edges or edges != sorted(set(edges), reverse=True) or edges[0] > 100:
        raise InvalidUseCase(
            f"bands begin at {edges}; expected descending scores from at most 100 down to 0"
        )
    if bands[-1].at_least != 0:
        raise InvalidUseCase(f"band {bands[-1].name!r} is the last; expected it to begin at 0")
    shares = [band.best_share for band in bands if band.best_share is not None]
    if shares != sorted(set(shares)):
        raise InvalidUseCase(f"bands hold the best {shares}; expected ascending shares")
    names = [band.name for band in bands]
    if len(set(names)) < len(names):
        raise InvalidUseCase(f"bands are called {names}; expected each name once")


@dataclass(frozen=True, kw_only=True)
class DriftPolicy:
    """When a change in the data asks for a retrain.

    Parameters
    ----------
    psi_alarm : float, default=0.2
        Population stability index from which a column counts as drifted.
    false_discovery_rate : float, default=0.01
        Benjamini-Hochberg level over the columns' tests; a column needs the test and the effect.
    drifted_share : float, default=0.2
        Share of drifted columns, weighted by importance, that asks for a retrain.
    prediction_psi_alarm : float, default=0.2
        Stability index of the scores that asks for a retrain.
    minimum_rows : int, default=200
        Fewer rows give `INSUFFICIENT_DATA`, never "no drift".
    """

    psi_alarm: float = 0.2
    false_discovery_rate: float = 0.01
    drifted_share: float = 0.2
    prediction_psi_alarm: float = 0.2
    minimum_rows: int = 200

    def __post_init__(self) -> None:
        for name in ("false_discovery_rate", "drifted_share"):
            if not 0 < getattr(self, name) <= 1:
                seen = getattr(self, name)
                raise InvalidUseCase(
                    f"drift policy: {name} is {seen}; expected above 0 and up to 1"
                )
        if self.minimum_rows < 1:
            raise InvalidUseCase(
                f"drift policy: minimum_rows is {self.minimum_rows}; expected 1 or more"
            )
