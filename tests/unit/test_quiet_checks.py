"""Data checks are silent where chance, habit or the use case explains what is seen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ml.contract.names import Check, CheckState
from ml.contract.schema import Schema
from tests.support.checking import TODAY, checked
from tests.support.ordinary_orders import CASE, only, order, orders


@pytest.fixture(scope="module")
def before():
    """Figures of ordinary orders."""
    return checked(CASE, orders()).figures


_TOLD_ONCE = {
    "empty": lambda n, row: {"shop": None},
    "of one value": lambda n, row: {"items": 7},
    "repeated": lambda n, row: (
        order(n // 3) | {"order_id": row["order_id"], "arrived": row["arrived"]}
    ),
}


@pytest.mark.parametrize("was", _TOLD_ONCE, ids=str)
def test_what_was_so_before_is_not_said_again(was):
    change = _TOLD_ONCE[was]
    first = checked(CASE, orders(change))
    assert [found.state for found in first.findings] == [CheckState.WARN]
    assert checked(CASE, orders(change), before=first.figures).findings == ()


def test_a_share_that_chance_explains_is_no_finding():
    few = checked(CASE, orders(rows=60)).figures
    gone = orders(lambda n, row: {"shop": None if n % 7 == 0 else row["shop"]}, rows=60)
    said = checked(CASE, gone, before=few)
    assert said.figures.columns["shop"].present == 51
    assert said.of(Check.MISSING_RISE) == []


# --- what looks like a fault and is none

_QUIET = {
    "a rare answer did not come up": (
        lambda n, row: {"gift": n in (3, 500, 900)}, lambda n, row: {"gift": False}, Check.CONSTANT,
    ),
    "a field is filled in more often": (
        lambda n, row: {"shop": None if n % 4 == 0 else row["shop"]}, None, Check.MISSING_RISE,
    ),
    "values lie far out and were seen before": (
        lambda n, row: {"late_note": 90_000.0 if n == 1 else row["late_note"]},
        lambda n, row: {"late_note": 50_000.0 if n % 20 == 1 else row["late_note"]},
        Check.OUTLIERS,
    ),
    "other levels of very many are the frequent ones": (
        lambda n, row: {"shop": f"Shop {n % 200 if n < 800 else 200 + n % 200}"},
        lambda n, row: {"shop": f"Shop {n % 200 if n >= 800 else 200 + n % 200}"},
        Check.NEW_LEVELS,
    ),
    "a row comes from a clock further east": (
        None, lambda n, row: {"arrived": TODAY + timedelta(days=n == 3)}, Check.FUTURE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("look", _QUIET, ids=str)
def test_what_is_no_fault_is_no_finding(look):
    then, now, check = _QUIET[look]
    reference = checked(CASE, orders(then)).figures
    assert checked(CASE, orders(now), before=reference).of(check) == []


def test_of_very_many_levels_the_frequent_ones_are_kept():
    many = orders(lambda n, row: {"shop": f"Shop {n % 200 if n >= 400 else 200 + n}"})
    kept = checked(CASE, many).figures.columns["shop"].levels
    assert set(kept) == {f"Shop {n}" for n in range(200)}
    assert set(kept.values()) == {4}


def test_a_median_of_few_values_says_nothing():
    few = checked(CASE, orders(rows=90)).figures
    thousandfold = orders(lambda n, row: {"items": row["items"] * 1_000}, rows=90)
    assert checked(CASE, thousandfold, before=few).of(Check.TYPICAL) == []


def test_a_unit_that_makes_values_smaller_is_noticed(before):
    small = orders(lambda n, row: {"price": row["price"] / 60})
    found = only(checked(CASE, small, before=before), Check.TYPICAL)
    assert (found.state, found.columns) == (CheckState.WARN, ("price",))
    assert "the middle value of Price is 0.9333; before, half of the values" in found.message


def test_an_answer_that_the_form_offers_is_no_strange_spelling_at_first(before):
    offering = replace(
        CASE,
        schema=Schema(
            columns=tuple(
                replace(column, levels=(*column.levels, "Other"))
                if column.name == "region" else column
                for column in CASE.schema.columns
            )
        ),
    )  # fmt: skip
    others = orders(lambda n, row: {"region": "Other" if n % 3 else row["region"]})
    assert checked(offering, others).of(Check.NEW_LEVELS) == []
    found = only(checked(offering, others, before=before), Check.NEW_LEVELS)
    assert found.state == CheckState.STOP


def test_a_column_of_strange_spellings_alone_is_told_once(before):
    said = checked(CASE, orders(lambda n, row: {"region": "Other"}), before=before)
    assert [found.check for found in said.findings] == [Check.NEW_LEVELS]


def test_the_gravest_finding_comes_first(before):
    broken = orders(lambda n, row: {"price": -51.0 if n == 3 else row["price"]}, rows=500)
    said = checked(CASE, broken, before=before)
    assert [found.state for found in said.findings][:2] == [CheckState.STOP, CheckState.WARN]
