"""How rows are divided into training, validation, test and, where asked for, holdout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ml.contract.errors import InvalidUseCase

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Split:
    """Base of all ways to divide rows."""


@dataclass(frozen=True, kw_only=True)
class ShareSplit(Split):
    """Shares of the rows; the rest trains.

    Parameters
    ----------
    test_share : float, default=0.2
        Share that judges the final model, touched once.
    validation_share : float, default=0.2
        Share of all rows that chooses between candidates.
    holdout_share : float, default=0
        Share that no step reads: it stands for what production will see later.
    """

    test_share: float = 0.2
    validation_share: float = 0.2
    holdout_share: float = 0.0

    def __post_init__(self) -> None:
        for name in ("test_share", "validation_share"):
            share = getattr(self, name)
            if not 0 < share < 1:
                raise InvalidUseCase(f"{name} is {share}; expected a share between 0 and 1")
        if not 0 <= self.holdout_share < 1:
            raise InvalidUseCase(
                f"holdout_share is {self.holdout_share}; expected 0 or a share below 1"
            )
        held_back = self.test_share + self.validation_share + self.holdout_share
        if held_back >= 1:
            raise InvalidUseCase(
                f"test_share + validation_share + holdout_share is {held_back}; nothing is left "
                "to train"
            )


@dataclass(frozen=True, kw_only=True)
class StratifiedSplit(ShareSplit):
    """Random rows with the same share of each outcome in every part.

    Parameters
    ----------
    seed : int, default=0
        Another seed gives another division.
    """

    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class ArrivalSplit(ShareSplit):
    """The oldest rows train, the newest test, by the schema's order column.

    Parameters
    ----------
    gap_rows : int, default=0
        Rows left out before each later part, for outcomes that arrive late.
    """

    gap_rows: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.gap_rows < 0:
            raise InvalidUseCase(f"gap_rows is {self.gap_rows}; expected 0 or more rows")


@dataclass(frozen=True, kw_only=True)
class TimeSplit(ShareSplit):
    """The oldest days train, the newest test, by the schema's time column.

    Parameters
    ----------
    gap : timedelta, default=0
        Days left out before each later part, for outcomes that arrive late.
    """

    gap: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_gap(self.gap)


@dataclass(frozen=True, kw_only=True)
class DaySplit(Split):
    """So many days of each part, up to the newest day, by the schema's time column.

    Older rows are left out, so that each week's model learns from that week alone.

    Parameters
    ----------
    train_days, validation_days, test_days : int, default=4, 1, 2
        Calendar days, the oldest first.
    gap : timedelta, default=0
        Days left out before each later part; the window begins so much earlier.

    Examples
    --------
    >>> DaySplit(gap=timedelta(days=1)).window
    datetime.timedelta(days=9)
    """

    train_days: int = 4
    validation_days: int = 1
    test_days: int = 2
    gap: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        for name in ("train_days", "validation_days", "test_days"):
            if getattr(self, name) < 1:
                raise InvalidUseCase(f"{name} is {getattr(self, name)}; expected 1 or more days")
        _check_gap(self.gap)

    @property
    def window(self) -> timedelta:
        """From the first training day to the last test day."""
        return (self.train_days + self.validation_days + self.test_days) * _DAY + 2 * self.gap


def _check_gap(gap: timedelta) -> None:
    if gap < timedelta(0) or gap % _DAY:
        raise InvalidUseCase(f"gap is {gap}; expected whole days, 0 or more")
