"""How many leads will be won: a sum of yes and no of unequal chances, which are not exact either.

The number of wins follows the Poisson-binomial distribution (Hong 2013, "On computing the
distribution function for the Poisson binomial distribution"). Its lower end is taken from the
low ends of the leads' probability intervals and its upper end from the high ones.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from ml.contract.records import Interval
from ml.core.columns import Floats

#: Share of such plans whose wins lie in the interval.
LEVEL = 0.9

#: Leads up to which the distribution is computed in full; of more, the normal one is as good.
_EXACT = 2_000


def expected_wins(probability: Floats, low: Floats, high: Floats) -> Interval:
    """Expected wins among leads, with a 90 % interval.

    Parameters
    ----------
    probability, low, high : ndarray of shape (n_leads,)
        Chance of each lead, and the interval that it lies in.

    Examples
    --------
    >>> half = np.full(100, 0.5)
    >>> expected_wins(half, half, half)
    Interval(value=50.0, low=42.0, high=58.0)
    """
    tail = (1 - LEVEL) / 2
    return Interval(
        value=float(probability.sum()), low=_quantile(low, tail), high=_quantile(high, 1 - tail)
    )


def _quantile(chances: Floats, level: float) -> float:
    """Least number of wins that is not exceeded with that probability."""
    if not len(chances):
        return 0.0
    if len(chances) <= _EXACT:
        from scipy import stats  # takes a second to import: every server would wait for it

        reached = stats.poisson_binom(chances).cdf(np.arange(len(chances) + 1))
        return float(np.searchsorted(reached, level))
    spread = np.sqrt((chances * (1 - chances)).sum())
    wins = np.ceil(chances.sum() + ndtri(level) * spread - 0.5)
    return float(np.clip(wins, 0, len(chances)))
