"""Levels that stand for numbers: `missing`, `4` or a range such as `61-90`."""

import numpy as np

from ml.core.generator.rules import Floats, Ints
from ml.core.generator.variables import MISSING, MISSING_NUMBER


def bounds_of(levels: list[str]) -> tuple[Ints, Ints]:
    """Lowest and highest whole number of each level; `missing` is -1.

    Examples
    --------
    >>> [b.tolist() for b in bounds_of(["missing", "0", "61-90"])]
    [[-1, 0, 61], [-1, 0, 90]]
    """
    pairs = [_bounds(level) for level in levels]
    return np.array([p[0] for p in pairs], np.int32), np.array([p[1] for p in pairs], np.int32)


def numbers_from(codes: Ints, bounds: tuple[Ints, Ints], uniform: Floats) -> Ints:
    """Whole numbers drawn evenly from the range of each code."""
    low, high = bounds[0][codes], bounds[1][codes]
    return np.asarray(low + np.floor(uniform * (high - low + 1)), dtype=np.int32)


def _bounds(level: str) -> tuple[int, int]:
    if level == MISSING:
        return MISSING_NUMBER, MISSING_NUMBER
    low, _, high = level.partition("-")
    return int(low), int(high or low)
