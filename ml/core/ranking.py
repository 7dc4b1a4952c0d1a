"""Figures of many weighted resamples at once: what a bootstrap needs to be fast.

Each function takes weights of shape (n_resamples, n_rows), the times that a row was drawn, and
gives one figure per resample. A test holds every figure equal to the library's on the same rows.
Rows with equal predictions count as if they stood in random order, so no figure depends on the
order of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Outcomes and predictions by descending prediction, in groups of equal predictions.

    Parameters
    ----------
    order : ndarray of int, shape (n_rows,)
        Rows from the highest prediction to the lowest.
    outcome, predicted : ndarray of shape (n_rows,)
        In that order.
    starts : ndarray of int
        Where each group of equal predictions begins.
    """

    order: NDArray[np.intp]
    outcome: Floats
    predicted: Floats
    starts: NDArray[np.intp]

    @classmethod
    def of(cls, outcome: Floats, predicted: Floats) -> Self:
        """Rank rows by their prediction."""
        order = np.argsort(-predicted, kind="stable")
        ranked = predicted[order]
        starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
        return cls(order=order, outcome=outcome[order], predicted=ranked, starts=starts)

    def _grouped(self, weights: Floats, values: Floats) -> Floats:
        """Weighted sum of `values` in each group, from the highest prediction down."""
        sums: Floats = np.add.reduceat(weights[:, self.order] * values, self.starts, axis=1)
        return sums

    def roc_auc(self, weights: Floats) -> Floats:
        """Area under the ROC curve: share of pairs in the right order (Mann-Whitney)."""
        events = self._grouped(weights, self.outcome)
        others = self._grouped(weights, 1 - self.outcome)
        above = np.cumsum(events, axis=1) - events / 2
        return ratio((others * above).sum(axis=1), events.sum(axis=1) * others.sum(axis=1))

    def average_precision(self, weights: Floats) -> Floats:
        """Area under the precision-recall curve as a sum over its steps."""
        events = self._grouped(weights, self.outcome)
        seen = np.cumsum(self._grouped(weights, np.ones_like(self.outcome)), axis=1)
        precision = np.divide(
            np.cumsum(events, axis=1), seen, out=np.zeros_like(seen), where=seen > 0
        )
        return ratio((events * precision).sum(axis=1), events.sum(axis=1))

    def precision_at(self, weights: Floats, share: float) -> Floats:
        """Share of events among the `share` of rows with the highest predictions."""
        total = weights.sum(axis=1)
        best = np.maximum(1, np.floor(total * share))
        hits = self._at(weights, self.outcome, best[:, None])[:, 0]
        return ratio(hits, best)

    def lift_at(self, weights: Floats, share: float) -> Floats:
        """Precision among the best `share` of rows over the rate of all rows."""
        rate = ratio(self._grouped(weights, self.outcome).sum(axis=1), weights.sum(axis=1))
        return ratio(self.precision_at(weights, share), rate)

    def calibration_error(self, weights: Floats, bins: int = 10) -> Floats:
        """Mean gap between predicted and observed rates over bins of equal mass."""
        total = weights.sum(axis=1)
        edges = total[:, None] * np.linspace(0, 1, bins + 1)
        gaps = np.diff(self._at(weights, self.outcome - self.predicted, edges), axis=1)
        return ratio(np.abs(gaps).sum(axis=1), total)

    def _at(self, weights: Floats, values: Floats, depths: Floats) -> Floats:
        """Cumulated `values` after `depths` rows from the top; a tie is entered evenly."""
        start = np.zeros((len(weights), 1))
        seen = np.cumsum(self._grouped(weights, np.ones_like(values)), axis=1)
        sums = np.cumsum(self._grouped(weights, values), axis=1)
        seen, sums = np.hstack([start, seen]), np.hstack([start, sums])
        rows = zip(depths, seen, sums, strict=True)
        return np.stack([np.interp(depth, x, y) for depth, x, y in rows])

    def midranks(self, weights: Floats) -> Floats:
        """Rank of each row from the top, ties sharing their mean rank, in the order of the file."""
        sizes = self._grouped(weights, np.ones_like(self.outcome))
        middles = np.cumsum(sizes, axis=1) - sizes / 2
        counts = np.diff(np.r_[self.starts, len(self.order)])
        ranks = np.empty_like(weights)
        ranks[:, self.order] = np.repeat(middles, counts, axis=1)
        return ranks


def ratio(above: Floats, below: Floats) -> Floats:
    """Quotients; NaN where a resample holds nothing to divide by."""
    result: Floats = np.divide(
        above, below, out=np.full(np.shape(below), np.nan), where=np.asarray(below) > 0
    )
    return result
