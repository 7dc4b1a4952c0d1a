"""The outcome as people read it: how often it happens, or which rating is given on average."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ml.contract.modelling import BinaryTask, OrdinalTask, Task
from ml.contract.records import Interval
from ml.contract.use_case import UseCase
from ml.core.columns import Floats, numbers
from ml.core.shares import Z_95, wilson

Codes = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What happened in each row, and how a mean of it is told.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        1 or 0, or the rating.
    task : Task
        Decides whether a mean is a rate or a rating.
    """

    values: Floats
    task: Task

    @classmethod
    def of(cls, table: pa.Table, use_case: UseCase) -> Outcome:
        """The outcome of clean rows, of which every one has one."""
        return cls(values=numbers(table[use_case.schema.target.name]), task=use_case.task)

    @property
    def is_rate(self) -> bool:
        """Whether the mean is a share of rows."""
        return isinstance(self.task, BinaryTask)

    @property
    def mean(self) -> float:
        """Over all rows."""
        return float(np.mean(self.values))

    @property
    def limits(self) -> tuple[float, float]:
        """Least and largest mean that there can be."""
        if isinstance(self.task, OrdinalTask):
            return float(self.task.low), float(self.task.high)
        return 0.0, 1.0

    def place(self, mean: float) -> float:
        """Where a mean lies between the limits, from 0 to 1."""
        low, high = self.limits
        return (mean - low) / (high - low)

    def by_group(self, groups: Codes, count: int) -> list[Interval]:
        """The mean in each of `count` groups of rows with its 95 % interval.

        Wilson's for rates; for ratings the mean's normal one, cut at the scale's ends.
        """
        rows = np.bincount(groups, minlength=count).astype(np.float64)
        total = np.bincount(groups, weights=self.values, minlength=count).astype(np.float64)
        mean = total / np.maximum(rows, 1)
        if self.is_rate:
            low, high = wilson(total, rows)
        else:
            squares = np.bincount(groups, weights=self.values**2, minlength=count)
            spread = np.maximum(squares / np.maximum(rows, 1) - mean**2, 0.0)
            reach = Z_95 * np.sqrt(spread / np.maximum(rows - 1, 1))
            low, high = np.clip(mean - reach, *self.limits), np.clip(mean + reach, *self.limits)
        ends = zip(mean.tolist(), low.tolist(), high.tolist(), strict=True)
        return [Interval(value=value, low=a, high=b) for value, a, b in ends]
