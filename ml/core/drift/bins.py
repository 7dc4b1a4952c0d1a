"""Bins decided by the reference alone, and how many rows of each side fall into them.

Were bins chosen with the current rows in view, the choice itself would look like drift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ml.core.columns import Floats
from ml.core.drift.unseen import beyond_chance_unseen

Counts = NDArray[np.int64]

Level = str | None
"""A category's level; None for missing, which is a level as well."""


class Binned(NamedTuple):
    """Rows per bin, the same bins on both sides; the last bin holds the missing values."""

    reference: Counts
    current: Counts


def number_bins(reference: Floats, current: Floats, *, bins: int = 10) -> Binned:
    """Rows per quantile bin of the reference.

    The first and the last bin are open, so values beyond the reference's range count. A value
    that takes up a whole quantile (the many zeros of a count) becomes a bin of its own; so does
    the value of a constant column.

    Parameters
    ----------
    reference, current : ndarray of shape (n_samples,)
        Values; NaN where missing.
    bins : int, default=10
        Quantile bins of `reference`.

    Returns
    -------
    Binned
        Counts of shape (n_bins + 1,), missing values last.

    Examples
    --------
    >>> number_bins(np.array([5.0, 5.0, 5.0]), np.array([4.0, 5.0, np.nan]))
    Binned(reference=array([0, 3, 0, 0]), current=array([1, 1, 0, 1]))
    """
    return bins_at(reference, current, quantile_edges(reference[~np.isnan(reference)], bins))


def bins_at(reference: Floats, current: Floats, edges: Floats) -> Binned:
    """Rows per bin between given edges, as `number_bins` counts them."""
    return Binned(_counts(reference, edges), _counts(current, edges))


def quantile_edges(known: Floats, bins: int = 10) -> Floats:
    """Where quantile bins begin; a value that fills a whole bin has one of its own."""
    if not known.size:
        return np.array([])
    # "higher" picks values that occur, so that infinite ones never meet in a mean.
    quantiles = np.quantile(known, np.arange(1, bins) / bins, method="higher")
    values = np.unique(quantiles)
    heavy = [value for value in values if np.count_nonzero(known == value) * bins > known.size]
    with np.errstate(over="ignore"):  # what follows the largest number is infinity, as it should be
        after = np.nextafter(heavy, np.inf)
    return np.unique(np.concatenate([values, after]))


def _counts(values: Floats, edges: Floats) -> Counts:
    missing = np.isnan(values)
    places = np.searchsorted(edges, values[~missing], side="right")
    known = np.bincount(places, minlength=len(edges) + 1)
    return np.append(known, missing.sum()).astype(np.int64)


def level_bins(
    reference: Mapping[Level, int], current: Mapping[Level, int], *, least: int = 5
) -> Binned:
    """Rows per level, with the rare ones pooled.

    Parameters
    ----------
    reference, current : mapping of level to int
        Rows per level; `None` for missing.
    least : int, default=5
        A level of the reference stands alone if at least so many rows of the smaller side are
        expected to have it (Cochran's rule for chi-square); the others share one bin.

    Returns
    -------
    Binned
        Own levels, then the rare levels, then those the reference does not have, then missing.
        Where the reference has so many levels once that others were to be expected, these count
        among the rare: otherwise any two samples with a long tail of levels would seem to differ.

    Examples
    --------
    >>> level_bins({"a": 90, "b": 10}, {"a": 8, "c": 1, None: 1})
    Binned(reference=array([90, 10,  0,  0]), current=array([8, 0, 1, 1]))
    """
    return bins_of(reference, current, level_groups(reference, current, least=least))


def level_groups(
    reference: Mapping[Level, int], current: Mapping[Level, int], *, least: int = 5
) -> list[list[Level]]:
    """Which levels share a bin, as `level_bins` orders them."""
    total, now = sum(reference.values()), sum(current.values())
    enough = least * total / max(1, min(total, now))
    known = sorted(level for level in reference if level is not None)
    groups: list[list[Level]] = [[level] for level in known if reference[level] >= enough]
    rare: list[Level] = [level for level in known if reference[level] < enough]
    unseen: list[Level] = [
        level for level in current if level is not None and level not in reference
    ]
    once = sum(reference[level] == 1 for level in known)
    new = sum(current[level] for level in unseen)
    if once and not beyond_chance_unseen(new, now, seen=once + 1, of=total):
        rare, unseen = rare + unseen, []
    return [*groups, rare, unseen, [None]]


def bins_of(
    reference: Mapping[Level, int], current: Mapping[Level, int], groups: Sequence[Sequence[Level]]
) -> Binned:
    """Rows per group of levels."""
    return Binned(_group_counts(reference, groups), _group_counts(current, groups))


def _group_counts(counts: Mapping[Level, int], groups: Sequence[Sequence[Level]]) -> Counts:
    return np.array([sum(counts.get(level, 0) for level in group) for group in groups], np.int64)
