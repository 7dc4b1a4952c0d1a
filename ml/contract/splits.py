"""How rows are divided into training, validation and test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ml.contract.errors import InvalidUseCase


@dataclass(frozen=True, kw_only=True)
class Split:
    """Shares of the rows; the rest trains.

    Parameters
    ----------
    test_share : float, default=0.2
        Share that judges the final model, touched once.
    validation_share : float, default=0.2
        Share of all rows that chooses between candidates.
    """

    test_share: float = 0.2
    validation_share: float = 0.2

    def __post_init__(self) -> None:
        for name, share in (
            ("test_share", self.test_share),
            ("validation_share", self.validation_share),
        ):
            if not 0 < share < 1:
                raise InvalidUseCase(f"{name} is {share}; expected a share between 0 and 1")
        held_back = self.test_share + self.validation_share
        if held_back >= 1:
            raise InvalidUseCase(
                f"test_share + validation_share is {held_back}; nothing is left to train"
            )


@dataclass(frozen=True, kw_only=True)
class StratifiedSplit(Split):
    """Random rows with the same share of each outcome in every part.

    Parameters
    ----------
    seed : int, default=0
        Another seed gives another division.
    """

    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class ArrivalSplit(Split):
    """The oldest rows train, the newest test, by the schema's order column."""


@dataclass(frozen=True, kw_only=True)
class TimeSplit(Split):
    """The oldest days train, the newest test, by the schema's time column.

    Parameters
    ----------
    gap : timedelta, default=0
        Days left out before each later part, for outcomes that arrive late.
    """

    gap: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.gap < timedelta(0):
            raise InvalidUseCase(f"gap is {self.gap}; expected a duration of 0 or more")
