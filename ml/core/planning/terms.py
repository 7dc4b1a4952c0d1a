"""The terms of a plan: how many leads can be worked, what one costs and what a win is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ml.contract.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a plan is made for.

    Parameters
    ----------
    capacity : int
        Leads that can be worked, above 0.
    value : float
        What a win is worth, above 0.
    cost : float
        What working one lead costs, won or not, in the same money.

    Raises
    ------
    UsageError
        Naming the term and what was expected.

    Examples
    --------
    >>> Terms(capacity=200, value=1200, cost=15).break_even
    0.0125
    """

    capacity: int
    value: float
    cost: float

    def __post_init__(self) -> None:
        if self.capacity < 1:
            raise UsageError(f"capacity is {self.capacity}; expected 1 lead or more")
        if not (math.isfinite(self.value) and self.value > 0):
            raise UsageError(f"value is {self.value}; expected what a win is worth, above 0")
        if not (math.isfinite(self.cost) and self.cost >= 0):
            raise UsageError(f"cost is {self.cost}; expected what working a lead costs, 0 or more")

    @property
    def break_even(self) -> float:
        """Probability from which working a lead earns more than it costs."""
        return self.cost / self.value
