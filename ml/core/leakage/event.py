"""The outcome as something that happens or does not, whatever the task."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ml.contract.errors import TooFewOutcomes, UsageError
from ml.contract.modelling import BinaryTask
from ml.contract.use_case import UseCase
from ml.core.metrics import MINIMUM_OF_EACH, check_outcomes

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Event:
    """Whether it happened, row by row.

    Parameters
    ----------
    happened : ndarray of shape (n_rows,)
        1 or 0.
    words : str
        What happens, as a verb: "converts".
    """

    happened: Floats
    words: str

    @property
    def rate(self) -> float:
        """Share of rows where it happened."""
        return float(np.mean(self.happened))


def event_of(table: pa.Table, use_case: UseCase) -> Event:
    """The outcome of a clean table; a rating counts as an event from its upper half on.

    Raises
    ------
    UsageError
        If rows have no outcome.
    TooFewOutcomes
        If there are too few rows of an outcome to tell anything.
    """
    target, task = use_case.schema.target.name, use_case.task
    if target not in table.column_names or table[target].null_count:
        raise UsageError(f"rows without {target!r} cannot say what gives it away; leave them out")
    outcome = table[target].to_numpy().astype(np.float64)
    check_outcomes(task, outcome)
    if isinstance(task, BinaryTask):
        return Event(happened=outcome, words=task.event)
    least = _upper_half(outcome)
    upper = (outcome >= least).astype(np.float64)
    rarer = int(min(upper.sum(), (1 - upper).sum()))
    if rarer < MINIMUM_OF_EACH:
        raise TooFewOutcomes("a rating of the rarer half", rarer, len(outcome), MINIMUM_OF_EACH)
    return Event(happened=upper, words=f"is rated {least:g} or more")


def _upper_half(ratings: Floats) -> float:
    """The rating from which on nearest to half of the rows lie."""
    among = np.unique(ratings)[1:]
    return float(min(among, key=lambda least: abs(np.mean(ratings >= least) - 0.5)))
