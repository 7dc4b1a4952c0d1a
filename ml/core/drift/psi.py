"""Population stability index: how far two distributions lie apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ml.core.drift.bins import Binned, level_bins, number_bins

_PRIOR = 0.5
"""Rows added to each bin (Jeffreys' prior), so that an empty bin stays finite."""


def psi(reference: ArrayLike, current: ArrayLike, *, bins: int = 10) -> float:
    """Population stability index of one column of numbers.

    Parameters
    ----------
    reference, current : array-like of shape (n_samples,)
        Values at training time and now. Missing values (NaN) form their own bin.
    bins : int, default=10
        Quantile bins of `reference`; more bins see finer shifts and need more rows. The outer
        bins are open.

    Returns
    -------
    float
        0 for equal distributions; 0.1 is a mild, 0.2 a strong shift. Always finite. Two samples
        of one distribution give about `bins * (1 / n_reference + 1 / n_current)`.

    References
    ----------
    N. Siddiqi, Credit Risk Scorecards, Wiley 2006, section "Scorecard monitoring".

    Examples
    --------
    >>> psi([1, 2, 3, 4], [1, 2, 3, 4], bins=2)
    0.0
    >>> psi([1, 2, 3, 4] * 50, [3, 4, 5, 6] * 50, bins=2) > 0.2
    True
    """
    before, now = np.asarray(reference, np.float64), np.asarray(current, np.float64)
    return psi_of_counts(number_bins(before, now, bins=bins))


def psi_of_levels(reference: Sequence[str | None], current: Sequence[str | None]) -> float:
    """Population stability index of one column of categories.

    Parameters
    ----------
    reference, current : sequence of str or None
        Levels at training time and now; missing is a level, rare levels are pooled, and so are
        levels that the reference does not have.

    Returns
    -------
    float
        As for `psi`.

    Examples
    --------
    >>> psi_of_levels(["web", "web", None], ["web", "web", None])
    0.0
    """
    return psi_of_counts(level_bins(Counter(reference), Counter(current)))


def psi_of_counts(binned: Binned) -> float:
    """Population stability index of two histograms over the same bins.

    Examples
    --------
    >>> round(psi_of_counts(Binned(np.array([50, 50]), np.array([75, 25]))), 2)
    0.27
    """
    filled = (binned.reference + binned.current) > 0
    before, now = (side[filled] + _PRIOR for side in binned)
    before, now = before / before.sum(), now / now.sum()
    return float(np.sum((now - before) * np.log(now / before)))
