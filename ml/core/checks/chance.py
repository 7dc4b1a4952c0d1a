"""Whether a share moved by more than chance explains."""

from __future__ import annotations

import math

#: Standard errors. Over the hundred comparisons of a wide table, a quiet run goes beyond four of
#: them less than once in a hundred runs.
_ERRORS = 4.0


def beyond_chance(now: float, rows: int, before: float, rows_before: int) -> bool:
    """Whether two samples with these shares hardly come from one source.

    Parameters
    ----------
    now, before : float
        Shares, 0 to 1.
    rows, rows_before : int
        Rows that they are shares of; without any, nothing can be told.

    Examples
    --------
    >>> beyond_chance(0.5, 1000, 0.3, 1000), beyond_chance(0.5, 10, 0.3, 10)
    (True, False)
    """
    if not rows or not rows_before:
        return False
    pooled = (now * rows + before * rows_before) / (rows + rows_before)
    error = math.sqrt(pooled * (1 - pooled) * (1 / rows + 1 / rows_before))
    return abs(now - before) > _ERRORS * error


def share(part: int, whole: int) -> float:
    """A part as a share, 0 where there is nothing to be part of."""
    return part / whole if whole else 0.0
