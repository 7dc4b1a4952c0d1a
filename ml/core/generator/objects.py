"""Columns of plain Python objects, alike whatever string storage pandas would pick."""

from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Objects: TypeAlias = NDArray[np.object_]
Column: TypeAlias = "pd.Series[Any]"


def objects(values: list[Any] | tuple[Any, ...]) -> Objects:
    """Array that holds the values as they are."""
    return np.array(values, dtype=object)


def object_column(values: Objects) -> Column:
    """Column of the values, None for missing."""
    return pd.Series(values, dtype=object)
