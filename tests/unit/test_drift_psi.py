"""PSI: its properties on any values, and the bins that it rests on."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.core.drift.bins import Binned, level_bins, number_bins
from ml.core.drift.psi import psi, psi_of_counts, psi_of_levels

NUMBER = st.floats(allow_nan=True, allow_infinity=True)
NUMBERS = st.lists(NUMBER, min_size=1, max_size=60)
LEVELS = st.lists(st.sampled_from(["a", "b", "c", "d", None]), min_size=1, max_size=60)


@given(NUMBERS, NUMBERS)
def test_psi_is_finite_and_not_negative(reference, current):
    found = psi(reference, current)
    assert math.isfinite(found)
    assert found >= 0


@given(NUMBERS)
def test_psi_of_equal_samples_is_zero(values):
    assert psi(values, values) == 0.0


@given(NUMBERS, NUMBERS, st.randoms(use_true_random=False))
def test_psi_does_not_depend_on_the_order_of_rows(reference, current, random):
    shuffled = random.sample(reference, len(reference)), random.sample(current, len(current))
    assert psi(*shuffled) == psi(reference, current)


@given(LEVELS, LEVELS)
def test_psi_of_levels_is_finite_and_zero_for_equal_samples(reference, current):
    assert math.isfinite(psi_of_levels(reference, current))
    assert psi_of_levels(reference, current) >= 0
    assert psi_of_levels(reference, reference) == 0.0


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=9))
def test_psi_is_symmetric_and_blind_to_the_order_of_bins(counts):
    before, now = np.array(counts).T
    found = psi_of_counts(Binned(before, now))
    assert found == pytest.approx(psi_of_counts(Binned(now, before)))
    assert found == pytest.approx(psi_of_counts(Binned(before[::-1], now[::-1])))


@given(NUMBERS, NUMBERS)
def test_every_row_falls_into_a_bin(reference, current):
    binned = number_bins(np.array(reference), np.array(current))
    assert (binned.reference.sum(), binned.current.sum()) == (len(reference), len(current))


@given(LEVELS, LEVELS)
def test_every_level_falls_into_a_bin(reference, current):
    counts = [{level: side.count(level) for level in set(side)} for side in (reference, current)]
    binned = level_bins(*counts)
    assert (binned.reference.sum(), binned.current.sum()) == (len(reference), len(current))


def test_psi_agrees_with_the_formula():
    before, now = np.array([500, 300, 200]), np.array([300, 300, 400])
    expected = (0.3 - 0.5) * math.log(0.3 / 0.5) + (0.4 - 0.2) * math.log(0.4 / 0.2)
    assert psi_of_counts(Binned(before * 1000, now * 1000)) == pytest.approx(expected, abs=1e-5)


def test_values_beyond_the_range_of_the_reference_count():
    reference = np.linspace(0, 1, 1000)
    assert psi(reference, np.full(1000, 7.0)) > 1
    assert psi(reference, np.full(1000, -7.0)) > 1


@pytest.mark.parametrize("elsewhere", [4.0, 6.0, np.nan, np.inf, -np.inf])
def test_a_constant_column_that_changes_is_seen(elsewhere):
    assert psi(np.full(300, 5.0), np.full(300, elsewhere)) > 1


def test_a_heavy_value_has_its_own_bin():
    reference = np.concatenate([np.zeros(400), np.linspace(1, 2, 600)])
    current = np.concatenate([np.full(400, 0.5), np.linspace(1, 2, 600)])
    assert psi(reference, current) > 1


def test_more_missing_values_are_a_shift():
    values = np.linspace(0, 1, 1000)
    assert psi(values, np.where(values < 0.5, np.nan, values)) > 0.2


def test_a_new_level_is_a_shift_and_a_single_rare_one_is_not():
    reference = ["web"] * 900 + ["mail"] * 100
    assert psi_of_levels(reference, ["web"] * 70 + ["mail"] * 10 + ["fax"] * 20) > 0.2
    assert psi_of_levels(reference, ["web"] * 900 + ["mail"] * 99 + ["fax"]) < 0.02


def test_levels_that_a_long_tail_lets_expect_are_no_drift():
    random = np.random.default_rng(0)
    before, now = ([f"level {n}" for n in random.zipf(1.5, rows)] for rows in (5_000, 500))
    assert len(set(now) - set(before)) > 10
    assert psi_of_levels(before, now) < 0.1
    flooded = now[:400] + ["another"] * 100
    assert psi_of_levels(before, flooded) > 0.2
