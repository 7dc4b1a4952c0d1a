"""Expected profit over the number of leads worked, best leads first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from ml.core.columns import Floats
from ml.core.planning.terms import Terms
from ml.core.planning.wins import LEVEL


@dataclass(frozen=True, kw_only=True)
class ProfitCurve:
    """Expected profit of working the first so many leads.

    Parameters
    ----------
    expected, low, high : ndarray of shape (n_leads + 1,)
        At 0 leads, 1 lead and so on; nine such plans in ten earn what lies between low and high.
    """

    expected: Floats
    low: Floats
    high: Floats

    @property
    def best(self) -> int:
        """Leads at which the expected profit is highest; one more would cost more than it earns."""
        return int(np.argmax(self.expected))

    def points(self, most: int = 100) -> npt.NDArray[np.int64]:
        """Numbers of leads, evenly spread, that draw the curve; the best one is among them."""
        last = len(self.expected) - 1
        spread = np.linspace(0, last, min(most, last) + 1).astype(np.int64)
        return np.unique(np.append(spread, self.best))


def profit_curve(probability: Floats, low: Floats, high: Floats, terms: Terms) -> ProfitCurve:
    """The curve of leads in the order in which they would be worked.

    Parameters
    ----------
    probability, low, high : ndarray of shape (n_leads,)
        Chance of each lead, and the interval that it lies in.
    terms : Terms
        What a win is worth and working a lead costs.
    """
    worked = np.arange(len(probability) + 1)
    least = np.maximum(_sums(low) - _luck(low), 0)
    most = np.minimum(_sums(high) + _luck(high), worked)
    expected, low_end, high_end = (
        wins * terms.value - worked * terms.cost for wins in (_sums(probability), least, most)
    )
    return ProfitCurve(expected=expected, low=low_end, high=high_end)


def _sums(values: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values)])


def _luck(chances: Floats) -> Floats:
    """How many wins luck alone may add or take, by the normal approximation."""
    far = ndtri((1 + LEVEL) / 2)
    return np.asarray(far * np.sqrt(_sums(chances * (1 - chances))))
