"""False alarms and power of the standard policy, measured on windows with planted shifts."""

import numpy as np
import pyarrow as pa
import pytest

from ml.contract.errors import UsageError
from ml.contract.modelling import DriftPolicy
from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.core.drift.planting import Emptied, Replaced, Scaled
from ml.core.drift.reliability import false_alarm_rate, rates, reliability_table

POLICY = DriftPolicy()
NUMBERS, WORDS = [f"n{i}" for i in range(5)], [f"c{i}" for i in range(5)]
COLUMNS = [
    *(Column(name=name, source=name, kind=Kind.NUMBER) for name in NUMBERS),
    *(Column(name=name, source=name, kind=Kind.CATEGORY) for name in WORDS),
]
REPETITIONS = 40


@pytest.fixture(scope="module")
def reference():
    random = np.random.default_rng(0)
    numbers = {name: random.lognormal(size=3_000) for name in NUMBERS}
    levels = {name: [f"level {n}" for n in random.geometric(0.3, 3_000)] for name in WORDS}
    return pa.table(numbers | levels)


def measured(reference, rows=300, **kwargs):
    return rates(
        reference, POLICY, columns=COLUMNS, rows=rows, repetitions=REPETITIONS, seed=7, **kwargs
    )


@pytest.mark.parametrize("rows", [POLICY.minimum_rows, 1_000])
def test_no_window_of_an_unchanged_stream_asks_for_a_retrain(reference, rows):
    found = measured(reference, rows)
    assert (found.asked, found.noticed) == (0.0, 0.0)


def test_the_false_alarm_rate_is_the_rate_without_plants(reference):
    rate = false_alarm_rate(
        reference, POLICY, columns=COLUMNS, rows=300, repetitions=10, seed=1,
        score=lambda table: table["n0"].to_numpy(),
    )  # fmt: skip
    assert rate == 0.0


PLANTS = {
    "shorter": [Scaled(column=name, factor=0.4) for name in NUMBERS[:2]],
    "emptied": [Emptied(column=name, share=0.4) for name in NUMBERS[:2]],
    "new level": [Replaced(column=name, value="new", share=0.3) for name in WORDS[:2]],
}


@pytest.mark.parametrize("shift", PLANTS)
def test_planted_shifts_in_a_fifth_of_the_columns_are_found(reference, shift):
    found = measured(reference, plants=PLANTS[shift])
    assert found.asked >= 0.95
    assert found.noticed >= found.asked


def test_a_shift_in_one_column_of_ten_is_noticed_and_asks_for_nothing(reference):
    found = measured(reference, plants=PLANTS["emptied"][:1])
    assert found.noticed >= 0.95
    assert found.asked == 0.0


def test_moved_scores_are_found_though_no_column_weighs_enough(reference):
    found = measured(
        reference, plants=PLANTS["shorter"][:1], score=lambda table: table["n0"].to_numpy()
    )
    assert found.asked >= 0.95


def test_more_is_noticed_with_a_stronger_shift(reference):
    weak, strong = (
        measured(reference, plants=[Scaled(column="n0", factor=factor)]).noticed
        for factor in (0.9, 0.4)
    )
    assert weak < strong


@pytest.mark.parametrize("rows", [POLICY.minimum_rows - 1, 2_900])
def test_windows_that_the_reference_cannot_fill_are_refused(reference, rows):
    with pytest.raises(UsageError, match="expected 1 or more windows of 200 to 2800 rows"):
        measured(reference, rows)


def test_the_table_has_a_line_per_shift_and_window(reference):
    table = reliability_table(
        reference, POLICY, columns=COLUMNS, shifts={"nothing": (), **PLANTS}, windows=(300,),
        repetitions=2,
    )  # fmt: skip
    assert table.splitlines()[2] == "| nothing | 300 | 0.000 | 0.000 |"
    assert len(table.splitlines()) == 2 + 1 + len(PLANTS)
