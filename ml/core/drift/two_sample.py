"""Tests of the hypothesis that two samples come from one distribution."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import numpy as np
from scipy import stats

from ml.core.columns import Floats
from ml.core.drift.bins import Binned, Counts

_LEAST_ROWS = 5
"""Bins with fewer rows on both sides together are pooled before chi-square."""


class Test(StrEnum):
    """Names of the tests."""

    KOLMOGOROV_SMIRNOV = "kolmogorov_smirnov"
    CHI_SQUARE = "chi_square"

    __test__ = False  # not a test class, whatever pytest reads into the name

    @property
    def words(self) -> str:
        """The name as people write it."""
        return "Kolmogorov-Smirnov" if self is Test.KOLMOGOROV_SMIRNOV else "chi-square"


class Outcome(NamedTuple):
    """A test's statistic and its p-value."""

    statistic: float
    p_value: float


def kolmogorov_smirnov(reference: Floats, current: Floats) -> Outcome:
    """Two-sample Kolmogorov-Smirnov test of numbers.

    Parameters
    ----------
    reference, current : ndarray of shape (n_samples,)
        At least one value each. A missing value (NaN) counts as lower than every number, so a
        change of the missing share is a change like any other.

    Returns
    -------
    Outcome
        Largest distance of the two distribution functions, and its asymptotic p-value, which is
        cautious where values repeat; the exact one where a side has a single row.

    Examples
    --------
    >>> kolmogorov_smirnov(np.zeros(9), np.zeros(5))
    Outcome(statistic=0.0, p_value=1.0)
    """
    before, now = (np.where(np.isnan(side), -np.inf, side) for side in (reference, current))
    # The asymptotic formula divides by zero for one row on both sides; the exact one is slow.
    lone = min(before.size, now.size) == 1
    found = stats.ks_2samp(before, now, method="auto" if lone else "asymp")
    return Outcome(float(found.statistic), float(found.pvalue))


def chi_square(binned: Binned) -> Outcome:
    """Pearson's chi-square test that two histograms have one distribution.

    Parameters
    ----------
    binned : Binned
        At least one row each.

    Returns
    -------
    Outcome
        Statistic and p-value; 0 and 1 where all rows lie in one bin.

    Examples
    --------
    >>> round(chi_square(Binned(np.array([50, 50]), np.array([75, 25]))).p_value, 4)
    0.0003
    """
    table = _pooled(np.array([binned.reference, binned.current]))
    if table.shape[1] < 2:
        return Outcome(0.0, 1.0)
    found = stats.chi2_contingency(table, correction=False)
    return Outcome(float(found.statistic), float(found.pvalue))


def _pooled(table: Counts) -> Counts:
    """Columns in ascending size, the smallest merged until none holds too few rows."""
    table = table[:, np.argsort(table.sum(axis=0), kind="stable")]
    small = int(np.searchsorted(table.sum(axis=0), _LEAST_ROWS))
    # The pool joins the next larger bin where it is still too small by itself.
    while small < table.shape[1] and 0 < table[:, :small].sum() < _LEAST_ROWS:
        small += 1
    pool = table[:, :small].sum(axis=1, keepdims=True)
    kept = table[:, small:]
    return np.hstack([pool, kept]) if pool.sum() else kept
