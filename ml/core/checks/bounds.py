"""What counts as usual for a number."""

from __future__ import annotations

from ml.contract.schema import Column
from ml.core.checks.figures import Figures, NumberFigures

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
        and far out at once, so that heavy tails do not alarm.
    """
    if column.usual_high is not None:
        return -_LARGEST, column.usual_high
    before = reference.columns.get(column.name) if reference else None
    if before is None or before.number is None:
        return None
    low, high = far_out(before.number)
    return min(before.number.low, low), max(before.number.high, high)


def far_out(number: NumberFigures) -> Bounds:
    """Three quartile distances beyond the quartiles, where Tukey calls a value far out."""
    reach = _QUARTILE_DISTANCES * (number.three_quarters - number.quarter)
    low, high = number.quarter - reach, number.three_quarters + reach
    return max(low, -_LARGEST), min(high, _LARGEST)
