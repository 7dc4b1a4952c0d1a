"""The two-sample tests and the control of false alarms, against scipy and by definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ml.core.drift.bins import Binned
from ml.core.drift.false_alarms import adjusted
from ml.core.drift.two_sample import chi_square, kolmogorov_smirnov


def test_kolmogorov_smirnov_is_scipys_where_nothing_is_missing():
    random = np.random.default_rng(0)
    before, now = random.normal(size=500), random.normal(0.2, size=400)
    expected = stats.ks_2samp(before, now, method="asymp")
    assert kolmogorov_smirnov(before, now) == (expected.statistic, expected.pvalue)


def test_kolmogorov_smirnov_sees_values_go_missing():
    values = np.random.default_rng(0).normal(size=500)
    found = kolmogorov_smirnov(values, np.where(np.arange(500) % 2, np.nan, values))
    assert found.statistic == pytest.approx(0.5, abs=0.01)
    assert found.p_value < 1e-9


@pytest.mark.parametrize("value", [np.nan, 0.0, np.inf, -np.inf])
def test_two_constant_sides_do_not_differ(value):
    assert kolmogorov_smirnov(np.full(9, value), np.full(5, value)) == (0.0, 1.0)


def test_chi_square_is_scipys_where_all_bins_are_full():
    table = np.array([[50, 30, 20], [30, 30, 40]])
    expected = stats.chi2_contingency(table, correction=False)
    found = chi_square(Binned(*table))
    assert found.statistic == pytest.approx(expected.statistic)
    assert found.p_value == pytest.approx(expected.pvalue)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=8))
def test_chi_square_is_finite_on_any_histogram(counts):
    # One row each at least: an empty side is never tested.
    before, now = (np.append(side, 1) for side in np.array(counts).T)
    found = chi_square(Binned(before, now))
    assert np.isfinite(found.statistic)
    assert 0 <= found.p_value <= 1


def test_one_row_of_a_new_level_does_not_alarm():
    assert chi_square(Binned(np.array([7000, 0]), np.array([199, 1]))).p_value > 0.01


@given(st.lists(st.floats(0, 1), max_size=30))
def test_adjusted_p_values_follow_the_definition(p_values):
    count = len(p_values)
    ordered = sorted(p_values)
    expected = [
        min([1.0, *(ordered[k] * count / (k + 1) for k in range(count) if ordered[k] >= p)])
        for p in p_values
    ]
    assert adjusted(p_values) == pytest.approx(expected)


def test_one_good_p_value_among_many_is_no_discovery():
    assert min(adjusted([0.01, *[0.5] * 29])) > 0.05
