"""The Yeo-Johnson transform, for one number and for many.

Source: I.-K. Yeo and R. A. Johnson (2000), "A new family of power transformations to improve
normality or symmetry", Biometrika 87; in the numerically stable form that SciPy uses.
"""

from __future__ import annotations

import math
import sys

import numpy as np

from ml.core.columns import Floats

_EPS = sys.float_info.epsilon


def yeo_johnson_one(number: float, power: float) -> float:
    """The transform of one number.

    Examples
    --------
    >>> yeo_johnson_one(3.0, 1.0), yeo_johnson_one(-3.0, 1.0)
    (3.0, -3.0)
    """
    if number >= 0:
        return _one(math.log1p(number), power)
    return -_one(math.log1p(-number), 2 - power)


def _one(logarithm: float, power: float) -> float:
    if abs(power) < _EPS:
        return logarithm
    try:
        return math.expm1(power * logarithm) / power
    except OverflowError:
        return math.inf


def yeo_johnson(numbers: Floats, power: float) -> Floats:
    """The transform of many numbers.

    Examples
    --------
    >>> yeo_johnson(np.array([0.0, 1.0]), 0.0).round(3).tolist()
    [0.0, 0.693]
    """
    up, down = np.maximum(numbers, 0.0), np.maximum(-numbers, 0.0)
    with np.errstate(over="ignore"):
        return np.where(numbers >= 0, _many(up, power), -_many(down, 2 - power))


def _many(numbers: Floats, power: float) -> Floats:
    logarithms = np.log1p(numbers)
    if abs(power) < _EPS:
        return logarithms
    return np.asarray(np.expm1(power * logarithms) / power)
