"""What a configuration says of rows that it has not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Predictions of rows, each by a model that was fitted without the row.

    Parameters
    ----------
    predicted, outcome : ndarray of shape (n_rows,)
        What was said, and what happened.
    """

    predicted: Floats
    outcome: Floats
