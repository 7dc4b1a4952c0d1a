"""Gates: what a model has to reach before it is promoted."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ml.contract.errors import InvalidUseCase
from ml.contract.names import Score, Trait


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A bound that a model has to keep before it is promoted.

    Parameters
    ----------
    score : Score or Trait
        A metric on the test rows, or something else that is measured of the model.
    at_least, at_most : float or None
        The bound; exactly one of them, on the side that asks for a better model.

    Examples
    --------
    >>> str(Gate(score=Score.ROC_AUC, at_least=0.9)), Gate(score=Trait.LEAKS, at_most=0).passes(1)
    ('roc_auc >= 0.9', False)
    """

    score: Score | Trait
    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        if (self.at_least is None) == (self.at_most is None):
            raise InvalidUseCase(f"gate on {self.score}: give either at_least or at_most")
        if not math.isfinite(self.bound):
            raise InvalidUseCase(f"gate on {self.score}: the bound is {self.bound}; give a number")
        if self.score.lower_is_better != (self.at_most is not None):
            side = "at_most" if self.score.lower_is_better else "at_least"
            raise InvalidUseCase(f"gate {self} asks for a worse model; give {side}")

    @property
    def bound(self) -> float:
        """The number that the figure is held to."""
        return self.at_least if self.at_least is not None else self.at_most or 0.0

    def passes(self, figure: float) -> bool:
        """Whether a figure satisfies the gate; NaN never does."""
        return figure >= self.bound if self.at_least is not None else figure <= self.bound

    def __str__(self) -> str:
        return f"{self.score} {'>=' if self.at_least is not None else '<='} {self.bound:g}"
