"""Reliability: how often it happens among leads of whom the same was said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.core.columns import Floats
from ml.core.resampling import draws

_BINS, _DRAWS = 10, 500


@dataclass(frozen=True, kw_only=True)
class ReliabilityBin:
    """A tenth of the rows, by what was predicted.

    Parameters
    ----------
    said, seen : float
        Mean prediction, and the share in which it happened.
    low, high : float
        Ends of the 95 % bootstrap interval of `seen`.
    rows : int
    """

    said: float
    seen: float
    low: float
    high: float
    rows: int


def reliability(outcome: Floats, predicted: Floats, *, seed: int = 0) -> tuple[ReliabilityBin, ...]:
    """Ten equal bins, from the lowest predictions to the highest.

    Parameters
    ----------
    outcome, predicted : ndarray of shape (n_rows,)
        What happened, 0 or 1, and the probability that was predicted.
    seed : int, default=0
        Seed of the bootstrap.

    Examples
    --------
    >>> bins = reliability(np.tile([0.0, 1.0], 50), np.full(100, 0.5))
    >>> len(bins), bins[0].said, bins[0].seen
    (10, 0.5, 0.5)
    """
    parts = np.array_split(np.argsort(predicted, kind="stable"), _BINS)
    return tuple(
        _bin(outcome[rows], predicted[rows], seed + at)
        for at, rows in enumerate(part for part in parts if part.size)
    )


def _bin(outcome: Floats, predicted: Floats, seed: int) -> ReliabilityBin:
    rates = [(weights @ outcome) / len(outcome) for weights in draws(len(outcome), _DRAWS, seed)]
    low, high = np.quantile(np.concatenate(rates), [0.025, 0.975])
    return ReliabilityBin(
        said=float(predicted.mean()),
        seen=float(outcome.mean()),
        low=float(low),
        high=float(high),
        rows=len(outcome),
    )
