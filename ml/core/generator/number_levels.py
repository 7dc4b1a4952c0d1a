"""Levels that stand for numbers: `missing`, `4`, a range `61-90` or a thinning tail `31..251`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.core.generator.rules import Floats, Ints
from ml.core.generator.variables import MISSING, MISSING_NUMBER


@dataclass(frozen=True, kw_only=True)
class Ranges:
    """Lowest and highest number of each level, and whether the level thins out upwards."""

    low: Ints
    high: Ints
    thins: NDArray[np.bool_]


def ranges_of(levels: list[str]) -> Ranges:
    """Ranges that the levels stand for; `missing` is -1.

    Examples
    --------
    >>> ranges_of(["missing", "0", "61-90", "91..200"]).high.tolist()
    [-1, 0, 90, 200]
    """
    pairs = np.array([_bounds(level) for level in levels], dtype=np.int32)
    thins = np.array([".." in level for level in levels])
    return Ranges(low=pairs[:, 0], high=pairs[:, 1], thins=thins)


def numbers_from(codes: Ints, ranges: Ranges, uniform: Floats) -> Ints:
    """Whole numbers drawn from the range of each code: evenly, or like 1/x² in a tail."""
    low, end = ranges.low[codes].astype(np.float64), ranges.high[codes] + 1.0
    numbers = low + np.floor(uniform * (end - low))
    tail = ranges.thins[codes]
    numbers[tail] = np.floor(low[tail] / (1.0 - uniform[tail] * (1.0 - low[tail] / end[tail])))
    return numbers.astype(np.int32)


def _bounds(level: str) -> tuple[int, int]:
    if level == MISSING:
        return MISSING_NUMBER, MISSING_NUMBER
    low, _, high = level.replace("..", "-").partition("-")
    return int(low), int(high or low)
