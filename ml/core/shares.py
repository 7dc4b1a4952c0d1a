"""How sure a share of few rows is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Two-sided 95 %.
Z_95 = 1.959964


def wilson(hits: Floats, rows: Floats, *, z: float = Z_95) -> tuple[Floats, Floats]:
    """Bounds of shares (Wilson 1927), sound for few rows and for shares near 0 or 1.

    Parameters
    ----------
    hits, rows : ndarray
        Events, and the rows that they are among; without rows the bounds are 0 and 1.
    z : float, default=1.96
        Standard errors: 1.96 for 95 %.

    Examples
    --------
    >>> low, high = wilson(np.array([24.0]), np.array([24.0]))
    >>> round(float(low[0]), 3), round(float(high[0]), 3)
    (0.862, 1.0)
    """
    size = np.maximum(rows, 1)
    share, width = hits / size, z * z / size
    middle = (share + width / 2) / (1 + width)
    reach = np.sqrt(share * (1 - share) * width + width * width / 4) / (1 + width)
    nothing = rows == 0
    low, high = np.maximum(middle - reach, 0.0), np.minimum(middle + reach, 1.0)
    return np.where(nothing, 0.0, low), np.where(nothing, 1.0, high)
