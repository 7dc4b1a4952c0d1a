"""The exploration: each part on rows whose truth is known, for every kind of task."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from ml.contract.errors import TooFewOutcomes
from ml.contract.modelling import BinaryTask, OrdinalTask
from ml.contract.moments import ARRIVAL, ENGAGED
from ml.contract.names import Kind, Role
from ml.contract.records import RowCount
from ml.contract.schema import Column
from ml.core.coding import coded
from ml.core.exploring import exploration_page, explore
from ml.core.exploring.missing import missing_view
from ml.core.exploring.outcome import Outcome
from ml.core.exploring.pairs import correlation_ratio, cramers_v, pairs
from ml.core.quarantine import QUARANTINE_SCHEMA
from tests.support.small_use_case import BINARY, ORDINAL, small_rows

ROWS = 1_200
EVIL = "<img src=x onerror=alert(1)>"


def held_back(*faults):
    blank = {"hint": "mend it", "value": None, "raw": ""}
    return pa.Table.from_pylist([blank | fault for fault in faults], QUARANTINE_SCHEMA)


def explored(case, moment=ENGAGED, table=None, faults=()):
    rows = small_rows(case, ROWS) if table is None else table
    count = RowCount(received=rows.num_rows, accepted=rows.num_rows)
    return explore(case, rows, moment, rows=count, held_back=held_back(*faults))


@pytest.fixture(scope="module")
def binary():
    return explored(BINARY)


@pytest.fixture(scope="module")
def ordinal():
    return explored(ORDINAL)


def view_of(seen, name):
    return next(column for column in seen.columns if column.name == name)


@pytest.mark.parametrize("seen", ["binary", "ordinal"])
def test_every_column_is_shown_and_its_rows_add_up(seen, request):
    seen = request.getfixturevalue(seen)
    assert [one.name for one in seen.columns] == [
        column.name for column in BINARY.schema.features(ENGAGED)
    ]
    for column in seen.columns:
        assert sum(level.rows for level in column.levels) == ROWS, column.name
        for level in column.levels:
            assert level.outcome.low <= level.outcome.value <= level.outcome.high


def test_a_moment_shows_only_what_is_known_by_then():
    assert "late_note" not in {column.name for column in explored(BINARY, ARRIVAL).columns}


def test_rates_are_those_of_the_rows(binary):
    rows = small_rows(BINARY, ROWS).to_pylist()
    north = [row["rating"] for row in rows if row["region"] == "North"]
    (level,) = (one for one in view_of(binary, "region").levels if one.name == "North")
    assert level.rows == len(north)
    assert level.outcome.value == pytest.approx(np.mean(north))
    low, high = stats.binomtest(sum(north), len(north)).proportion_ci(method="wilson")
    assert (level.outcome.low, level.outcome.high) == pytest.approx((low, high), abs=1e-6)


def test_mean_ratings_are_those_of_the_rows(ordinal):
    rows = small_rows(ORDINAL, ROWS).to_pylist()
    ratings = [row["rating"] for row in rows if row["size"] == "large"]
    (level,) = (one for one in view_of(ordinal, "size").levels if one.name == "large")
    assert level.outcome.value == pytest.approx(np.mean(ratings))
    assert level.outcome.high - level.outcome.value == pytest.approx(
        1.959964 * stats.sem(ratings), rel=1e-3
    )


def test_select_and_missing_stand_apart_at_the_end(binary):
    last = view_of(binary, "region").levels[-2:]
    assert [level.name for level in last] == ["Select", "(missing)"]
    assert all(level.apart for level in last)


def test_ranks_keep_their_order(binary):
    names = [level.name for level in view_of(binary, "size").levels]
    assert names == ["small", "middle", "large", "(missing)"]


def test_many_levels_are_told_as_the_commonest_and_the_others():
    table = small_rows(BINARY, ROWS)
    shops = pa.array([f"Shop {n % 40 if n % 3 else 0}" for n in range(ROWS)])
    place = table.column_names.index("shop")
    levels = view_of(explored(BINARY, table=table.set_column(place, "shop", shops)), "shop").levels
    assert len(levels) == 13
    assert levels[0].name == "Shop 0"
    assert levels[-1].name == "28 further levels"
    assert sum(level.rows for level in levels) == ROWS


def test_a_number_shows_its_spread(binary):
    price = view_of(binary, "price")
    known = np.array(
        [row for row in small_rows(BINARY, ROWS)["price"].to_pylist() if row is not None]
    )
    assert price.number.mean == f"{known.mean():,.4g}"
    assert float(price.number.quantiles[2].replace(",", "")) == pytest.approx(
        np.median(known), rel=0.02
    )
    assert max(price.number.bars) == 1
    assert 0 < price.number.beyond < 0.02 * ROWS


def test_days_and_columns_without_values_are_shown_too(binary):
    assert view_of(binary, "ordered").number.quantiles[0].startswith("2025-01")
    empty = view_of(binary, "empty")
    assert (empty.missing, empty.distinct, empty.number) == (ROWS, 0, None)


def test_missing_patterns_and_blocks_are_found():
    table = small_rows(BINARY, ROWS)
    place = table.column_names.index("items")
    gone = table["price"].is_null()
    items = pa.compute.if_else(gone, pa.scalar(None, pa.int64()), pa.array(range(ROWS)))
    table = table.set_column(place, "items", items)
    columns = [BINARY.schema[name] for name in ("price", "items", "size")]
    named = [(column.source, coded(table, column)) for column in columns]
    seen = missing_view(named, Outcome.of(table, BINARY))
    assert seen.blocks == (("Items", "Price"),)
    assert seen.patterns == 4
    assert sum(one.rows for one in seen.commonest) == ROWS
    complete = next(one for one in seen.commonest if not one.columns)
    assert complete.rows == seen.complete


def test_a_table_without_gaps_has_one_pattern():
    table = pa.table({"rating": [0, 1] * 20, "gift": [True, False] * 20})
    gift = BINARY.schema["gift"]
    seen = missing_view([("Gift", coded(table, gift))], Outcome.of(table, BINARY))
    assert (seen.complete, seen.patterns, seen.blocks) == (40, 1, ())


def test_pairs_are_measured_by_what_they_hold():
    random = np.random.default_rng(2)
    number = random.normal(size=2_000)
    level = np.where(number + random.normal(size=2_000) > 0, "a", "b")
    table = pa.table({
        "x": number, "y": -(number**3), "l": level, "m": np.where(level == "a", "c", "d"),
        "n": random.choice(["p", "q", "r"], 2_000), "k": ["odd"] * 9 + ["one"] * 1_991,
        "ids": [f"id{row}" for row in range(2_000)],
    })  # fmt: skip
    kinds = {"x": Kind.NUMBER, "y": Kind.NUMBER}
    columns = [
        (name, coded(table, Column(name=name, source=name, kind=kinds.get(name, Kind.CATEGORY))))
        for name in table.column_names
    ]
    found = {(one.one, one.other): one for one in pairs(columns)}
    assert found["x", "y"].measure == "Spearman -1.00"
    assert found["l", "m"].strength == pytest.approx(1.0)
    assert 0.4 < found["x", "l"].strength < 0.7
    assert found["l", "n"].strength < 0.1
    assert not any("k" in pair or "ids" in pair for pair in found)  # these go with anything
    assert pairs([]) == []


def test_associations_of_nothing_are_near_nothing():
    random = np.random.default_rng(3)
    codes = random.integers(0, 30, (2, 500))
    assert cramers_v(*codes) < 0.15
    assert correlation_ratio(codes[0] % 3, random.normal(size=500)) < 0.15
    assert np.isnan(correlation_ratio(codes[0], np.ones(500)))


def test_time_is_shown_where_an_order_exists(binary):
    assert binary.over_time is None
    columns = tuple(
        replace(one, role=Role.TIME) if one.name == "ordered" else one
        for one in BINARY.schema.columns
    )
    case = replace(BINARY, schema=replace(BINARY.schema, columns=columns))
    table = small_rows(case, ROWS)
    days = pa.array(range(20_000, 20_000 + ROWS), pa.int32()).cast(pa.date32())
    table = table.set_column(table.column_names.index("ordered"), "ordered", days)
    gone = pa.array([None if row < ROWS // 2 else 1.0 for row in range(ROWS)])
    table = table.set_column(table.column_names.index("late_note"), "late_note", gone)
    seen = explored(case, table=table).over_time
    assert (seen.ordered_by, len(seen.outcome)) == ("Ordered", 12)
    assert list(seen.starts) == sorted(seen.starts)
    assert seen.lines[0].column == "Note"
    assert seen.lines[0].shares == (1.0,) * 6 + (0.0,) * 6


def test_reasons_of_the_quarantine_are_counted_by_rows():
    fault = {"line_number": 2, "column": "Price", "rule": "NUMBER", "message": "no number"}
    seen = explored(BINARY, faults=(fault, fault, fault | {"line_number": 3})).held_back
    assert [(one.column, one.rows, one.example) for one in seen] == [("Price", 2, "no number")]


@pytest.mark.parametrize("seen", ["binary", "ordinal"])
def test_the_page_says_what_was_found(seen, request):
    case = {"binary": BINARY, "ordinal": ORDINAL}[seen]
    html = exploration_page(request.getfixturevalue(seen), case, ENGAGED, "orders.csv")
    for word in ("orders.csv", "Region", "Never filled in", "North", "Leakage"):
        assert word in html
    assert ("Mean rating" in html) == isinstance(case.task, OrdinalTask)


def test_nothing_that_data_says_becomes_markup():
    table = small_rows(BINARY, ROWS)
    shop = pa.array([EVIL if n % 2 else None for n in range(ROWS)])
    table = table.set_column(table.column_names.index("shop"), "shop", shop)
    columns = tuple(
        replace(one, source=f"{EVIL} {one.name}", label=EVIL, unit=EVIL)
        if one.role is Role.FEATURE
        else one
        for one in BINARY.schema.columns
    )
    case = replace(
        BINARY, title=EVIL, task=BinaryTask(event=EVIL),
        schema=replace(BINARY.schema, columns=columns),
    )  # fmt: skip
    fault = {"line_number": 2, "column": EVIL, "rule": "NUMBER", "message": EVIL}
    html = exploration_page(explored(case, table=table, faults=(fault,)), case, ENGAGED, EVIL)
    assert "<img" not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;") > 30


def test_one_outcome_is_refused():
    table = small_rows(BINARY, ROWS)
    place = table.column_names.index("rating")
    with pytest.raises(TooFewOutcomes, match="10 more"):
        explored(BINARY, table=table.set_column(place, "rating", pa.array([0] * ROWS)))
