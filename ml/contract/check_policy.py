"""How much is too much: the bounds that data checks hold clean rows to."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

from ml.contract.errors import InvalidUseCase
from ml.contract.names import CheckState


@dataclass(frozen=True, kw_only=True)
class Limit(ABC):
    """Figures from which a check warns or stops; None where it never does.

    Parameters
    ----------
    warn, stop : float or None, default=None
        The last figure that is still fine, and the last that is not bad enough to stop.
    """

    warn: float | None = None
    stop: float | None = None

    def __post_init__(self) -> None:
        given = [bound for bound in (self.warn, self.stop) if bound is not None]
        if any(math.isnan(bound) for bound in given):
            raise InvalidUseCase(f"{self} is not a bound; expected numbers")
        if len(given) == 2 and self._breaks(given[0], given[1]):
            raise InvalidUseCase(f"{self} would stop before it warns; swap the two figures")

    @abstractmethod
    def _breaks(self, figure: float, bound: float) -> bool:
        """Whether a figure is beyond a bound."""

    def judge(self, figure: float) -> tuple[CheckState, float | None]:
        """What a figure means, and the bound that it breaks."""
        for state, bound in ((CheckState.STOP, self.stop), (CheckState.WARN, self.warn)):
            if bound is not None and self._breaks(figure, bound):
                return state, bound
        return CheckState.PASS, None

    def without_stop(self) -> Limit:
        """The same, but where it would stop it only warns."""
        return replace(self, warn=self.stop if self.warn is None else self.warn, stop=None)


@dataclass(frozen=True, kw_only=True)
class AtMost(Limit):
    """A figure that must not be larger.

    Examples
    --------
    >>> AtMost(warn=0.05, stop=0.2).judge(0.07)
    (<CheckState.WARN: 'warn'>, 0.05)
    """

    def _breaks(self, figure: float, bound: float) -> bool:
        return figure > bound


@dataclass(frozen=True, kw_only=True)
class AtLeast(Limit):
    """A figure that must not be smaller.

    Examples
    --------
    >>> AtLeast(warn=500, stop=50).judge(20)
    (<CheckState.STOP: 'stop'>, 50)
    """

    def _breaks(self, figure: float, bound: float) -> bool:
        return figure < bound


@dataclass(frozen=True, kw_only=True)
class ColumnLimits:
    """Limits of one column that differ from those of the policy; None keeps the policy's.

    Parameters
    ----------
    column : str
        Its name in the schema.
    missing, missing_rise, outliers, new_levels, typical, constant : Limit or None, default=None
        See `CheckPolicy`; `AtMost()` switches a check off.
    """

    column: str
    missing: Limit | None = None
    missing_rise: Limit | None = None
    outliers: Limit | None = None
    new_levels: Limit | None = None
    typical: Limit | None = None
    constant: Limit | None = None


@dataclass(frozen=True, kw_only=True)
class CheckPolicy:
    """Bounds of every data check of a use case.

    Shares run from 0 to 1. "Before" is the last data that passed or only warned. A share that
    is compared with before must also have moved by more than chance explains.

    Parameters
    ----------
    rows : Limit, default=AtLeast(warn=500, stop=50)
        Clean rows.
    rows_kept : Limit, default=AtLeast(warn=0.5)
        Clean rows as a multiple of those before.
    held_back : Limit, default=AtMost(warn=0.05, stop=0.2)
        Share of the file's rows in quarantine.
    missing : Limit, default=AtMost(warn=0.95)
        Share of a column's cells that are empty.
    missing_rise : Limit, default=AtMost(warn=0.1, stop=0.5)
        By how much that share has risen.
    outliers : Limit, default=AtMost(warn=0.01, stop=0.2)
        Share of a number's values above `Column.usual_high`. A column without it is held to what
        was seen before: the widest value, or three quartile distances beyond the quartiles.
    new_levels : Limit, default=AtMost(warn=0.02, stop=0.5)
        Share of values that nobody listed, or that did not occur before; above that of before.
    typical : Limit, default=AtMost(warn=0, stop=10)
        How far the median lies outside the middle half of before, in widths of that half.
    constant : Limit, default=AtMost(warn=0.001, stop=0.05)
        Share of values before that differed from the only value of now.
    repeated : Limit, default=AtMost(warn=0.5)
        Share of rows that repeat another apart from ids and dates.
    repeated_rise : Limit, default=AtMost(warn=0.1, stop=0.4)
        By how much that share has risen.
    base_rate : Limit, default=AtMost(warn=0.05, stop=0.2)
        By how much the mean outcome has moved, on a scale from the lowest (0) to the highest (1).
    age_days : Limit, default=AtMost(warn=35)
        Days since the newest row, where there is a time column.
    weekly_volume : Limit, default=AtMost(warn=0.6)
        How far a new week's rows are from the median week, as a share of it.
    examples : int, default=5
        Rows that a finding names.
    columns : tuple of ColumnLimits, default=()
        Exceptions, at most one per column.
    """

    rows: Limit = AtLeast(warn=500, stop=50)
    rows_kept: Limit = AtLeast(warn=0.5)
    held_back: Limit = AtMost(warn=0.05, stop=0.2)
    missing: Limit = AtMost(warn=0.95)
    missing_rise: Limit = AtMost(warn=0.1, stop=0.5)
    outliers: Limit = AtMost(warn=0.01, stop=0.2)
    new_levels: Limit = AtMost(warn=0.02, stop=0.5)
    typical: Limit = AtMost(warn=0, stop=10)
    constant: Limit = AtMost(warn=0.001, stop=0.05)
    repeated: Limit = AtMost(warn=0.5)
    repeated_rise: Limit = AtMost(warn=0.1, stop=0.4)
    base_rate: Limit = AtMost(warn=0.05, stop=0.2)
    age_days: Limit = AtMost(warn=35)
    weekly_volume: Limit = AtMost(warn=0.6)
    examples: int = 5
    columns: tuple[ColumnLimits, ...] = ()

    def __post_init__(self) -> None:
        if self.examples < 0:
            raise InvalidUseCase(f"check policy: examples is {self.examples}; expected 0 or more")
        names = [limits.column for limits in self.columns]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise InvalidUseCase(f"check policy: {repeated} have limits twice; join them")

    def of_column(self, check: str, column: str) -> Limit:
        """The limit of a check by its field's name: the column's own, else the policy's."""
        own = [getattr(limits, check) for limits in self.columns if limits.column == column]
        limit: Limit = own[0] if own and own[0] is not None else getattr(self, check)
        return limit
