"""What counts as usual for a number."""

from __future__ import annotations

import math

from ml.contract.schema import Column
from ml.core.checks.figures import Figures, NumberFigures

#: Tukey's "far out".
_QUARTILE_DISTANCES = 3.0
_LARGEST = 1.7976931348623157e308

Bounds = tuple[float, float]


def usual_bounds(column: Column, reference: Figures | None) -> Bounds | None:
    """Lowest and highest value that is usual; None where nobody said and nothing was seen before.

    Parameters
    ----------
    column : Column
        Its `usual_high` counts where it is declared.
    reference : Figures or None
        What was seen before, by which a column without it is judged: beyond the widest values
        and beyond three quartile distances at once, so that heavy tails do not alarm.
    """
    if column.usual_high is not None:
        return -_LARGEST, column.usual_high
    before = reference.columns.get(column.name) if reference else None
    return _fences(before.number) if before and before.number else None


def _fences(before: NumberFigures) -> Bounds:
    reach = _QUARTILE_DISTANCES * (before.three_quarters - before.quarter)
    low = min(before.low, before.quarter - reach)
    high = max(before.high, before.three_quarters + reach)
    return tuple(bound if math.isfinite(bound) else _LARGEST for bound in (low, high))  # type: ignore[return-value]
