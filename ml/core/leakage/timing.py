"""Whether a field is emptier, or says less, for the leads that came last.

What people fill in after they have spoken with a lead is still missing for the youngest leads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ml.contract.records import Interval
from ml.core.arrival import Rows
from ml.core.checks.chance import beyond_chance
from ml.core.coding import Coded, Floats
from ml.core.leakage.alone import auc
from ml.core.leakage.event import Event
from ml.core.shares import Z_95

_NEWEST = 0.2
_LEAST_OF_EACH = 30
#: Standard errors: over the columns of a wide table a quiet one seldom goes beyond four.
_ERRORS = 4.0


@dataclass(frozen=True, kw_only=True)
class Timing:
    """The newest fifth of the rows beside the others.

    Parameters
    ----------
    missing_new, missing_old : float
        Shares of rows without a value.
    auc_new, auc_old : Interval
        How well the column alone tells the outcome.
    emptier, weaker : bool
        Whether the newest rows are emptier, or say less, than chance explains.
    """

    missing_new: float
    missing_old: float
    auc_new: Interval
    auc_old: Interval
    emptier: bool
    weaker: bool


def timing(column: Coded, event: Event, alone: Floats, order: Rows | None) -> Timing | None:
    """The order-in-time probe; None without an order, or with too few rows of an outcome."""
    if order is None:
        return None
    newest = np.zeros(len(order), dtype=bool)
    newest[order[len(order) - int(len(order) * _NEWEST) :]] = True
    sides = [event.happened[newest], event.happened[~newest]]
    if any(min(side.sum(), len(side) - side.sum()) < _LEAST_OF_EACH for side in sides):
        return None
    new, old = auc(sides[0], alone[newest]), auc(sides[1], alone[~newest])
    missing_new = float(column.missing[newest].mean())
    missing_old = float(column.missing[~newest].mean())
    emptier = missing_new > missing_old and beyond_chance(
        missing_new, len(sides[0]), missing_old, len(sides[1])
    )
    error = math.hypot(new.high - new.value, old.high - old.value) / Z_95
    return Timing(
        missing_new=missing_new,
        missing_old=missing_old,
        auc_new=new,
        auc_old=old,
        emptier=emptier,
        weaker=old.value - new.value > _ERRORS * error,
    )
