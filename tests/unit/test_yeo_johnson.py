"""Yeo-Johnson equals SciPy's, for one number and for many."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import yeojohnson

from ml.core.scoring.yeo_johnson import yeo_johnson, yeo_johnson_one

NUMBERS = st.floats(-9e15, 9e15)
POWERS = st.one_of(st.sampled_from([0.0, 1.0, 2.0]), st.floats(-4, 6))


@given(number=NUMBERS, power=POWERS)
def test_both_paths_are_scipys(number, power):
    expected = pytest.approx(yeojohnson(np.array([number]), power)[0], rel=1e-12, abs=1e-12)
    assert yeo_johnson_one(number, power) == expected
    assert yeo_johnson(np.array([number]), power)[0] == expected


@pytest.mark.parametrize("number", [1e300, -1e300])
def test_overflow_is_infinity_in_both_paths(number):
    power = 40.0 if number > 0 else -40.0
    assert yeo_johnson_one(number, power) == yeo_johnson(np.array([number]), power)[0]
