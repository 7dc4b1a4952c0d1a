"""Every data check: it speaks of what is planted, by column and row."""

import math
from dataclasses import asdict
from datetime import timedelta

import pytest

from ml.contract.names import Check, CheckState
from ml.core.checks.words import next_move
from tests.support.checking import TODAY, checked
from tests.support.ordinary_orders import CASE, held, only, order, orders


@pytest.fixture(scope="module")
def before():
    """Figures of ordinary orders."""
    return checked(CASE, orders()).figures


def test_ordinary_rows_pass_at_first_and_beside_themselves(before):
    assert checked(CASE, orders()).findings == ()
    assert checked(CASE, orders(), before=before).findings == ()


# --- what is planted, which check speaks, how gravely, and of which column

_CHANGES = {
    "a field goes empty": (
        lambda n, row: {"region": None, "region_group": None},
        Check.MISSING_RISE, CheckState.STOP, ("region",),
    ),
    "a field is often empty": (
        lambda n, row: {"shop": None if n % 4 == 0 else row["shop"]},
        Check.MISSING_RISE, CheckState.WARN, ("shop",),
    ),
    "a number is stuck": (
        lambda n, row: {"items": 0}, Check.CONSTANT, CheckState.STOP, ("items",),
    ),
    "a flag is stuck": (
        lambda n, row: {"gift": False}, Check.CONSTANT, CheckState.STOP, ("gift",),
    ),
    "a level is stuck": (
        lambda n, row: {"size": "small"}, Check.CONSTANT, CheckState.STOP, ("size",),
    ),
    "some values are far above the usual": (
        lambda n, row: {"price": 700.0 if n % 20 == 0 else row["price"]},
        Check.OUTLIERS, CheckState.WARN, ("price",),
    ),
    "some values are beyond all that was seen": (
        lambda n, row: {"late_note": 9_000.0 if n % 20 == 1 else row["late_note"]},
        Check.OUTLIERS, CheckState.WARN, ("late_note",),
    ),
    "a unit changed": (
        lambda n, row: {"items": row["items"] * 1_000},
        Check.TYPICAL, CheckState.STOP, ("items",),
    ),
    "a listed column has strange spellings": (
        lambda n, row: {"region": "Other" if n % 10 == 0 else row["region"]},
        Check.NEW_LEVELS, CheckState.WARN, ("region",),
    ),
    "an open column has levels that nobody has seen": (
        lambda n, row: {"shop": "Shop X" if n % 10 == 0 else row["shop"]},
        Check.NEW_LEVELS, CheckState.WARN, ("shop",),
    ),
    "every level is another": (
        lambda n, row: {"shop": row["shop"].upper()},
        Check.NEW_LEVELS, CheckState.STOP, ("shop",),
    ),
    "a value breaks a hard bound": (
        lambda n, row: {"price": -51.0 if n == 3 else row["price"]},
        Check.RANGE, CheckState.STOP, ("price",),
    ),
    "a number is none": (
        lambda n, row: {"price": math.nan if n == 3 else row["price"]},
        Check.RANGE, CheckState.STOP, ("price",),
    ),
    "an id comes twice": (
        lambda n, row: {"order_id": "o00001" if n == 7 else row["order_id"]},
        Check.DUPLICATE_IDS, CheckState.STOP, ("order_id",),
    ),
    "rows are entered again": (
        lambda n, row: (order(n - 1) if n % 5 == 1 else row) | {
            "order_id": row["order_id"], "arrived": row["arrived"],
        },
        Check.REPEATED_RISE, CheckState.WARN, (),
    ),
    "an outcome is none": (
        lambda n, row: {"rating": 7 if n == 3 else row["rating"]},
        Check.TARGET, CheckState.STOP, ("rating",),
    ),
    "an outcome is missing": (
        lambda n, row: {"rating": None if n == 3 else row["rating"]},
        Check.TARGET, CheckState.STOP, ("rating",),
    ),
    "all outcomes are the same": (
        lambda n, row: {"rating": 1}, Check.TARGET, CheckState.STOP, ("rating",),
    ),
    "outcomes shift": (
        lambda n, row: {"rating": int(n % 3 == 0)},
        Check.BASE_RATE, CheckState.WARN, ("rating",),
    ),
    "outcomes are turned round": (
        lambda n, row: {"rating": 1 - row["rating"]},
        Check.BASE_RATE, CheckState.STOP, ("rating",),
    ),
    "no row has come for months": (
        lambda n, row: {"arrived": row["arrived"] - timedelta(days=60)},
        Check.FRESHNESS, CheckState.WARN, ("arrived",),
    ),
    "a row comes from the future": (
        lambda n, row: {"arrived": TODAY + timedelta(days=9) if n == 3 else row["arrived"]},
        Check.FUTURE, CheckState.WARN, ("arrived",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("planted", _CHANGES, ids=str)
def test_a_planted_fault_is_named_by_check_and_column(planted, before):
    change, check, state, columns = _CHANGES[planted]
    found = only(checked(CASE, orders(change), before=before), check)
    assert (found.state, found.columns) == (state, columns)
    assert math.isfinite(found.figure)
    assert found.bound is not None
    assert found.hint == next_move(check)


@pytest.mark.parametrize(
    ("planted", "lines"),
    [
        ("a field goes empty", (2, 3, 4, 5, 6)),
        ("some values are far above the usual", (2, 22, 42, 62, 82)),
        ("a value breaks a hard bound", (5,)),
        ("an id comes twice", (9,)),
        ("an outcome is none", (5,)),
        ("an open column has levels that nobody has seen", (2, 12, 22, 32, 42)),
        ("rows are entered again", (3, 8, 13, 18, 23)),
    ],
)
def test_a_finding_names_the_first_rows(planted, lines, before):
    change, check, _, _ = _CHANGES[planted]
    found = only(checked(CASE, orders(change), before=before), check)
    assert found.lines == lines
    assert len(found.ids) == len(lines)
    shown = ", ".join(map(str, lines))
    assert f"first on lines {shown}" in found.sentence()


def test_new_levels_of_an_open_column_are_named_with_their_rows(before):
    change = _CHANGES["an open column has levels that nobody has seen"][0]
    found = only(checked(CASE, orders(change), before=before), Check.NEW_LEVELS)
    assert found.values == ("'Shop X' (120)",)
    assert found.rows == 120


def test_what_stops_a_column_is_said_once(before):
    said = checked(CASE, orders(_CHANGES["a number is stuck"][0]), before=before)
    assert [found.check for found in said.findings] == [Check.CONSTANT]


def test_rows_in_quarantine_are_counted_and_named_by_column():
    assert checked(CASE, orders(), held=held(12)).of(Check.HELD_BACK) == []
    warned = only(checked(CASE, orders(), held=held(100)), Check.HELD_BACK)
    assert (warned.state, warned.columns) == (CheckState.WARN, ("price",))
    assert warned.lines == (2_000, 2_001, 2_002, 2_003, 2_004)
    twice = held(400, lines=[*range(2_000, 2_400)] * 2)
    stopped = only(checked(CASE, orders(), held=twice), Check.HELD_BACK)
    assert (stopped.state, stopped.rows) == (CheckState.STOP, 400)
    assert "25 % of the file's rows" in stopped.message
    assert "(Price: 400)" in stopped.message


def test_nothing_is_said_of_what_a_quarantine_left(before):
    said = checked(CASE, orders(_CHANGES["a number is stuck"][0]), held=held(2_000), before=before)
    assert [found.check for found in said.findings] == [Check.HELD_BACK]


def test_few_rows_warn_and_very_few_stop(before):
    assert only(checked(CASE, orders(rows=300)), Check.ROWS).state == CheckState.WARN
    assert only(checked(CASE, orders(rows=20)), Check.ROWS).state == CheckState.STOP
    half = only(checked(CASE, orders(rows=500), before=before), Check.ROWS_KEPT)
    assert half.state == CheckState.WARN
    assert "1,200 before" in half.message


def test_a_first_look_judges_what_needs_no_before():
    empty = checked(CASE, orders(lambda n, row: {"shop": None}))
    assert [f.columns for f in empty.of(Check.MISSING)] == [("shop",)]
    stuck = checked(CASE, orders(lambda n, row: {"items": 0, "gift": False, "size": "small"}))
    assert [f.columns for f in stuck.of(Check.SINGLE_VALUE)] == [("items",)]
    strange = checked(CASE, orders(lambda n, row: {"region": "Other"}))
    assert only(strange, Check.NEW_LEVELS).state == CheckState.STOP
    thrice = orders(lambda n, row: order(n // 3) | {"order_id": row["order_id"]})
    assert only(checked(CASE, thrice), Check.REPEATED).state == CheckState.WARN


# --- tables with little in them


@pytest.mark.parametrize("reference", [False, True], ids=["at first", "beside before"])
@pytest.mark.parametrize(
    "table",
    [
        orders(rows=0),
        orders(rows=1),
        orders(lambda n, row: dict.fromkeys(set(row) - {"order_id", "rating"})),
        orders(lambda n, row: {"price": [math.nan, math.inf, -math.inf, 1e308][n % 4]}),
        orders(lambda n, row: {"price": math.nan if n == 3 else row["price"]}),
    ],
    ids=["no row", "one row", "nothing but ids", "numbers that are none", "one NaN"],
)
def test_a_table_with_little_in_it_gives_finite_figures(table, reference, before):
    said = checked(CASE, table, before=before if reference else None)
    assert all(math.isfinite(found.figure) for found in said.findings)
    assert all(math.isfinite(value) for value in _numbers(asdict(said.figures)))
    again = checked(CASE, orders(), before=said.figures)
    assert all(math.isfinite(found.figure) for found in again.findings)


def _numbers(value):
    if isinstance(value, dict):
        return [number for one in value.values() for number in _numbers(one)]
    return [value] if isinstance(value, (int, float)) else []
