"""Columns side by side: what robustness case F29 asks, and which changes count as drift."""

import math

import numpy as np
import pyarrow as pa
import pytest

from ml.contract.modelling import DriftPolicy
from ml.contract.names import OTHER, Kind
from ml.contract.schema import Column
from ml.core.drift import compare_columns
from ml.core.drift.columns import TEST_ROWS

POLICY = DriftPolicy()
ROWS = 400


def number(name="value"):
    return Column(name=name, source=name, kind=Kind.NUMBER)


def category(name="value"):
    return Column(name=name, source=name, kind=Kind.CATEGORY)


def compare(before, now, column):
    sides = (pa.table({column.name: pa.array(side)}) for side in (before, now))
    return compare_columns(*sides, [column], POLICY)[0]


SPREAD = [float(n % 40) for n in range(ROWS)]
WORDS = ["web", "mail", "call", None] * (ROWS // 4)

F29 = {
    "one row": (number(), SPREAD, [3.0]),
    "one row of words": (category(), WORDS, ["web"]),
    "one row on both sides": (number(), [1.0], [2.0]),
    "constant": (number(), [5.0] * ROWS, [5.0] * ROWS),
    "constant words": (category(), ["web"] * ROWS, ["web"] * ROWS),
    "constant that moved": (number(), [5.0] * ROWS, [6.0] * ROWS),
    "all null now": (number(), SPREAD, pa.nulls(ROWS, pa.float64())),
    "all null before": (number(), pa.nulls(ROWS, pa.float64()), SPREAD),
    "all null on both sides": (number(), pa.nulls(ROWS), pa.nulls(ROWS)),
    "all null words": (category(), WORDS, pa.nulls(ROWS, pa.string())),
    "all null words on both sides": (category(), pa.nulls(ROWS), pa.nulls(ROWS)),
    "new category": (category(), WORDS, ["fax"] * ROWS),
    "above the range": (number(), SPREAD, [1e12] * ROWS),
    "below the range": (number(), SPREAD, [-1e12] * ROWS),
    "the largest numbers": (number(), [-1.7e308, 1.7e308] * 200, [1.7e308] * ROWS),
    "yes or no": (Column(name="value", source="v", kind=Kind.YES_NO), [True] * 9, [False, None]),
}


@pytest.mark.parametrize("case", F29, ids=str)
def test_f29_figures_are_finite(case):
    column, before, now = F29[case]
    found = compare(before, now, column)
    figures = (found.psi, found.statistic, found.p_value, found.missing_change)
    assert all(math.isfinite(figure) for figure in figures)
    assert found.psi >= 0
    assert 0 <= found.p_value <= 1


CHANGES = [
    "constant that moved", "all null now", "all null before", "all null words", "new category",
    "above the range", "below the range",
]  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_f29_changes_of_whole_columns_are_drift(case):
    column, before, now = F29[case]
    assert compare(before, now, column).drifted


@pytest.mark.parametrize("case", ["constant", "constant words", "all null on both sides"])
def test_f29_what_stays_as_it_is_is_no_drift(case):
    column, before, now = F29[case]
    assert compare(before, now, column).psi == 0.0
    assert not compare(before, now, column).drifted


def test_the_change_of_the_missing_share_is_told():
    found = compare(SPREAD, [None] * 100 + SPREAD[100:], number())
    assert found.missing_change == pytest.approx(0.25)


def test_a_growing_share_of_other_is_drift():
    assert compare(WORDS, [*WORDS[:200], *[OTHER] * 200], category()).drifted


def test_significance_alone_is_no_drift():
    random = np.random.default_rng(0)
    found = compare(random.normal(size=50_000), random.normal(0.05, size=50_000), number())
    assert found.p_value < 1e-6
    assert found.psi < POLICY.psi_alarm
    assert not found.drifted


def test_an_effect_alone_is_no_drift():
    found = compare(SPREAD, [1.0, 2.0, 39.0], number())
    assert found.psi >= POLICY.psi_alarm
    assert not found.drifted


def test_a_column_that_is_gone_counts_as_all_missing():
    before, now = pa.table({"value": SPREAD}), pa.table({"id": range(ROWS)})
    found = compare_columns(before, now, [number()], POLICY)[0]
    assert found.missing_change == 1.0
    assert found.drifted


def test_dates_are_compared_as_days():
    days = pa.array(range(ROWS), pa.int32()).cast(pa.date32())
    column = Column(name="value", source="v", kind=Kind.DATE)
    assert not compare(days, days, column).drifted


def test_dictionaries_in_chunks_are_counted_as_words():
    chunks = [pa.array(part).dictionary_encode() for part in (WORDS[:200], WORDS[2:202])]
    before, now = pa.table({"value": pa.chunked_array(chunks)}), pa.table({"value": WORDS})
    found = compare_columns(before, now, [category()], POLICY)[0]
    assert found.psi == 0.0


def test_large_sides_are_sampled_for_the_test_alone_and_alike_each_time():
    random = np.random.default_rng(0)
    large = pa.table({"value": random.normal(size=TEST_ROWS * 2)})
    first, again = (compare_columns(large, large, [number()], POLICY)[0] for _ in range(2))
    assert first == again
    assert first.psi == 0.0
    assert first.p_value > 0.01


def test_p_values_are_adjusted_for_the_number_of_columns():
    random = np.random.default_rng(3)
    before, now = random.normal(size=ROWS), random.normal(0.2, size=ROWS)
    alone = compare(before, now, number()).p_value
    names = ["value", *(f"quiet_{n}" for n in range(9))]
    sides = [
        pa.table({name: side if name == "value" else SPREAD for name in names})
        for side in (before, now)
    ]
    among = compare_columns(*sides, [number(name) for name in names], POLICY)[0].p_value
    assert among == pytest.approx(min(1.0, alone * 10))
