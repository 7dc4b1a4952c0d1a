"""Every data check: it speaks of what is planted, by column and row, and is silent otherwise."""

import math
from dataclasses import asdict, replace
from datetime import date, timedelta

import pyarrow as pa
import pytest

from ml.contract.check_policy import AtLeast, AtMost, CheckPolicy, ColumnLimits
from ml.contract.checks import checks_of
from ml.contract.errors import InvalidUseCase
from ml.contract.modelling import BinaryTask
from ml.contract.names import Check, CheckState, Kind, Role
from ml.contract.schema import Column, Schema
from ml.core.checks import judge_types, notes_on, types_of
from ml.core.checks.judge import _OF_COLUMN, _OF_TABLE
from ml.core.checks.table_types import declared_types
from ml.core.checks.words import next_move
from ml.core.quarantine import QUARANTINE_SCHEMA
from tests.support.checking import TODAY, checked, clean_file
from tests.support.small_use_case import small_use_case

_TIME = Column(name="arrived", source="Arrived", kind=Kind.DATE, role=Role.TIME)
_SMALL = small_use_case(BinaryTask(event="returns"))
CASE = replace(
    _SMALL,
    schema=Schema(
        columns=tuple(
            replace(column, usual_high=500.0) if column.name == "price" else column
            for column in (*_SMALL.schema.columns, _TIME)
            if column.name != "empty"
        )
    ),
)
ROWS = 1_200
_SIZES = ("small", "middle", "large")


def _row(n):
    """An ordinary order; by number, so that shares are exact."""
    return {
        "order_id": f"o{n:05}",
        "rating": int(n % 5 == 0),
        "price": 10.0 + n % 97,
        "items": 1 + n % 8,
        "gift": n % 4 == 0,
        "region": ("North", "South", "East")[n % 3],
        "region_group": "Cold" if n % 3 == 0 else "Warm",
        "size": _SIZES[n % 3],
        "shop": f"Shop {n % 6}",
        "ordered": date(2025, 1, 1) + timedelta(days=n % 90),
        "late_note": float(n % 11) if n % 10 else None,
        "arrived": TODAY - timedelta(days=1 + n // 15),
    }


def _table(change=None, rows=ROWS):
    made = [_row(n) for n in range(rows)]
    changes = [change(n, row) if change else {} for n, row in enumerate(made)]
    return clean_file(CASE, [row | changed for row, changed in zip(made, changes, strict=True)])


@pytest.fixture(scope="module")
def ordinary():
    return checked(CASE, _table())


@pytest.fixture(scope="module")
def before(ordinary):
    return ordinary.figures


def test_ordinary_rows_pass_at_first_and_beside_themselves(ordinary, before):
    assert ordinary.findings == ()
    assert checked(CASE, _table(), before=before).findings == ()


def _held(rows, column="Price", lines=None):
    """A quarantine."""
    rules = {"rule": "NUMBER_FORMAT", "message": "m", "hint": "h", "value": "x", "raw": "r"}
    lines = lines or range(2_000, 2_000 + rows)
    return pa.Table.from_pylist(
        [{"line_number": n, "column": column} | rules for n in lines], schema=QUARANTINE_SCHEMA
    )


def _only(said, check):
    (found,) = said.of(check)
    return found


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
        lambda n, row: (_row(n - 1) if n % 5 == 1 else row) | {
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
    found = _only(checked(CASE, _table(change), before=before), check)
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
    found = _only(checked(CASE, _table(change), before=before), check)
    assert found.lines == lines
    assert len(found.ids) == len(lines)
    shown = ", ".join(map(str, lines))
    assert f"first on lines {shown}" in found.sentence()


def test_new_levels_of_an_open_column_are_named_with_their_rows(before):
    change = _CHANGES["an open column has levels that nobody has seen"][0]
    found = _only(checked(CASE, _table(change), before=before), Check.NEW_LEVELS)
    assert found.values == ("'Shop X' (120)",)
    assert found.rows == 120


def test_what_stops_a_column_is_said_once(before):
    said = checked(CASE, _table(_CHANGES["a number is stuck"][0]), before=before)
    assert [found.check for found in said.findings] == [Check.CONSTANT]


def test_rows_in_quarantine_are_counted_and_named_by_column():
    assert checked(CASE, _table(), held=_held(12)).of(Check.HELD_BACK) == []
    warned = _only(checked(CASE, _table(), held=_held(100)), Check.HELD_BACK)
    assert (warned.state, warned.columns) == (CheckState.WARN, ("price",))
    assert warned.lines == (2_000, 2_001, 2_002, 2_003, 2_004)
    twice = _held(400, lines=[*range(2_000, 2_400)] * 2)
    stopped = _only(checked(CASE, _table(), held=twice), Check.HELD_BACK)
    assert (stopped.state, stopped.rows) == (CheckState.STOP, 400)
    assert "25 % of the file's rows" in stopped.message
    assert "(Price: 400)" in stopped.message


def test_nothing_is_said_of_what_a_quarantine_left(before):
    said = checked(CASE, _table(_CHANGES["a number is stuck"][0]), held=_held(2_000), before=before)
    assert [found.check for found in said.findings] == [Check.HELD_BACK]


def test_few_rows_warn_and_very_few_stop(before):
    assert _only(checked(CASE, _table(rows=300)), Check.ROWS).state == CheckState.WARN
    assert _only(checked(CASE, _table(rows=20)), Check.ROWS).state == CheckState.STOP
    half = _only(checked(CASE, _table(rows=500), before=before), Check.ROWS_KEPT)
    assert half.state == CheckState.WARN
    assert "1,200 before" in half.message


def test_a_first_look_judges_what_needs_no_before():
    empty = checked(CASE, _table(lambda n, row: {"shop": None}))
    assert [f.columns for f in empty.of(Check.MISSING)] == [("shop",)]
    stuck = checked(CASE, _table(lambda n, row: {"items": 0, "gift": False, "size": "small"}))
    assert [f.columns for f in stuck.of(Check.SINGLE_VALUE)] == [("items",)]
    strange = checked(CASE, _table(lambda n, row: {"region": "Other"}))
    assert _only(strange, Check.NEW_LEVELS).state == CheckState.STOP
    thrice = _table(lambda n, row: _row(n // 3) | {"order_id": row["order_id"]})
    assert _only(checked(CASE, thrice), Check.REPEATED).state == CheckState.WARN


_TOLD_ONCE = {
    "empty": lambda n, row: {"shop": None},
    "of one value": lambda n, row: {"items": 7},
    "repeated": lambda n, row: (
        _row(n // 3) | {"order_id": row["order_id"], "arrived": row["arrived"]}
    ),
}


@pytest.mark.parametrize("was", _TOLD_ONCE, ids=str)
def test_what_was_so_before_is_not_said_again(was):
    change = _TOLD_ONCE[was]
    first = checked(CASE, _table(change))
    assert [found.state for found in first.findings] == [CheckState.WARN]
    assert checked(CASE, _table(change), before=first.figures).findings == ()


def test_a_share_that_chance_explains_is_no_finding():
    few = checked(CASE, _table(rows=60)).figures
    gone = _table(lambda n, row: {"shop": None if n % 7 == 0 else row["shop"]}, rows=60)
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
    reference = checked(CASE, _table(then)).figures
    assert checked(CASE, _table(now), before=reference).of(check) == []


def test_of_very_many_levels_the_frequent_ones_are_kept():
    many = _table(lambda n, row: {"shop": f"Shop {n % 200 if n >= 400 else 200 + n}"})
    kept = checked(CASE, many).figures.columns["shop"].levels
    assert set(kept) == {f"Shop {n}" for n in range(200)}
    assert set(kept.values()) == {4}


def test_a_median_of_few_values_says_nothing():
    few = checked(CASE, _table(rows=90)).figures
    thousandfold = _table(lambda n, row: {"items": row["items"] * 1_000}, rows=90)
    assert checked(CASE, thousandfold, before=few).of(Check.TYPICAL) == []


def test_a_unit_that_makes_values_smaller_is_noticed(before):
    small = _table(lambda n, row: {"price": row["price"] / 60})
    found = _only(checked(CASE, small, before=before), Check.TYPICAL)
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
    others = _table(lambda n, row: {"region": "Other" if n % 3 else row["region"]})
    assert checked(offering, others).of(Check.NEW_LEVELS) == []
    found = _only(checked(offering, others, before=before), Check.NEW_LEVELS)
    assert found.state == CheckState.STOP


def test_a_column_of_strange_spellings_alone_is_told_once(before):
    said = checked(CASE, _table(lambda n, row: {"region": "Other"}), before=before)
    assert [found.check for found in said.findings] == [Check.NEW_LEVELS]


def test_the_gravest_finding_comes_first(before):
    change = _CHANGES["a value breaks a hard bound"][0]
    said = checked(CASE, _table(change, rows=500), before=before)
    assert [found.state for found in said.findings][:2] == [CheckState.STOP, CheckState.WARN]


# --- weeks


def _days(counts, first=date(2025, 3, 3)):
    """Rows, so many a day."""
    days = [first + timedelta(days=n) for n, count in enumerate(counts) for _ in range(count)]
    return clean_file(CASE, [_row(n) | {"arrived": day} for n, day in enumerate(days)])


@pytest.mark.parametrize(
    "counts",
    [
        [15] * 70 + [15] * 2,
        [15] * 28 + [1] * 7 + [15] * 35,
        [1, 1, 1, 1, 0, 0, 0] * 15 + [0, 0, 0, 0, 0, 0, 1],
        [15] * 14,
        [40] * 112 + [10] * 91,
    ],
    ids=[
        "a week is not over",
        "an early week is thin",
        "weeks have few rows",
        "weeks are few",
        "weeks became fewer a quarter ago",
    ],
)
def test_a_week_that_may_be_as_it_is_is_no_finding(counts):
    said = checked(CASE, _days(counts), today=date(2025, 12, 31))
    assert said.of(Check.WEEKLY_VOLUME) == []


def test_a_day_far_off_hides_no_week_and_invents_none():
    days = [TODAY - timedelta(days=1 + n // 15) for n in range(ROWS)]
    strays = [date(1901, 1, 1), *days, date(2190, 1, 1)]
    table = clean_file(CASE, [_row(n) | {"arrived": day} for n, day in enumerate(strays)])
    earlier = _table(lambda n, row: {"arrived": row["arrived"] - timedelta(days=14)})
    for reference in (None, checked(CASE, earlier).figures):
        said = checked(CASE, table, before=reference)
        assert [found.check for found in said.findings] == [Check.FUTURE]


def test_a_week_that_was_looked_at_before_is_not_looked_at_again():
    counts = [15] * 63 + [2] * 7
    first = checked(CASE, _days(counts))
    assert len(first.of(Check.WEEKLY_VOLUME)) == 1
    again = checked(CASE, _days([*counts, *[15] * 7]), before=first.figures)
    assert again.of(Check.WEEKLY_VOLUME) == []


@pytest.mark.parametrize(
    ("rows", "check"), [(15, None), (2, Check.WEEKLY_VOLUME), (60, Check.WEEKLY_VOLUME)]
)
def test_a_week_that_is_thin_or_double_is_named(rows, check):
    monday = date(2025, 3, 3)
    days = [monday + timedelta(days=n) for n in range(70)]
    counts = [rows if day >= days[-7] else 15 for day in days]
    arrived = [day for day, count in zip(days, counts, strict=True) for _ in range(count)]
    table = clean_file(CASE, [_row(n) | {"arrived": day} for n, day in enumerate(arrived)])
    said = checked(CASE, table, today=days[-1])
    found = said.of(Check.WEEKLY_VOLUME)
    assert [one.check for one in found] == ([check] if check else [])
    assert all(str(days[-7]) in one.message for one in found)


def test_weeks_of_earlier_files_are_the_history_of_later_ones():
    monday = date(2025, 3, 3)

    def week(number, rows):
        days = [monday + timedelta(days=7 * number + n % 7) for n in range(rows)]
        return clean_file(CASE, [_row(n) | {"arrived": d} for n, d in enumerate(days)])

    figures = None
    for number in range(5):
        said = checked(CASE, week(number, 700), before=figures, today=date(2025, 4, 10))
        assert said.of(Check.WEEKLY_VOLUME) == []
        figures = said.figures
    assert list(figures.weeks.values()) == [700] * 5
    thin = checked(CASE, week(5, 200), before=figures, today=date(2025, 4, 14))
    assert "200 rows; the median week before it has 700" in _only(thin, Check.WEEKLY_VOLUME).message
    skipped = checked(CASE, week(6, 700), before=figures, today=date(2025, 4, 21))
    assert "has 0 rows" in _only(skipped, Check.WEEKLY_VOLUME).message


# --- columns and types


def test_a_changed_type_stops_and_an_added_column_warns():
    table = _table()
    place = table.column_names.index("items")
    turned = table.set_column(place, "items", table["items"].cast(pa.string()))
    found = checked(CASE, turned.append_column("mood", pa.array(["fine"] * ROWS)))
    assert [(one.check, one.state, one.columns) for one in found.findings] == [
        (Check.SCHEMA, CheckState.STOP, ("items",)),
        (Check.ADDED_COLUMNS, CheckState.WARN, ("mood",)),
    ]
    assert found.findings[0].message == (
        "column 'items' is of type 'text', not 'whole number' as declared"
    )


def test_an_absent_column_stops():
    found = checked(CASE, _table().drop_columns(["shop"])).findings
    assert [(one.check, one.columns) for one in found] == [(Check.SCHEMA, ("shop",))]


def test_an_unknown_column_of_the_file_warns():
    (found,) = checked(
        CASE, _table(), unknown=("the file has columns we do not know: 'Mood'",)
    ).findings
    assert (found.check, found.state) == (Check.ADDED_COLUMNS, CheckState.WARN)
    assert "'Mood'" in found.message


_WORDS = ("whole number", "number", "yes or no", "date", "text")


@pytest.mark.parametrize(
    "natives",
    [
        ("bigint", "double", "boolean", "date", "string"),
        ("int64", "double", "bool", "date32[day]", "large_string"),
        ("BIGINT", "DOUBLE PRECISION", "BOOLEAN", "DATE", "VARCHAR(256)"),
        ("long", "double", "boolean", "date", "string"),
    ],
    ids=["Glue and Spark", "Arrow", "Redshift", "Iceberg"],
)
def test_types_mean_the_same_whoever_names_them(natives):
    native = dict(zip(_WORDS, natives, strict=True))
    said = {name: native[word] for name, word in declared_types(CASE.schema).items()}
    assert judge_types(CASE, types_of(said)) == ()


# --- the list and its limits


def test_every_check_has_its_measure_its_words_and_its_place_in_the_list():
    listed = {one.check for one in checks_of(CASE)}
    assert listed == set(Check) == {*_OF_TABLE, *_OF_COLUMN}
    assert all(next_move(check) for check in Check)


def test_a_use_case_without_dates_has_no_checks_of_dates():
    without = {one.check for one in checks_of(_SMALL)}
    assert set(Check) - without == {Check.FRESHNESS, Check.FUTURE, Check.WEEKLY_VOLUME}


def test_a_column_may_have_limits_of_its_own(before):
    loose = replace(
        CASE,
        checks=replace(
            CASE.checks, columns=(ColumnLimits(column="region", missing_rise=AtMost(warn=0.4)),)
        ),
    )
    gone = _table(_CHANGES["a field goes empty"][0])
    found = _only(checked(loose, gone, before=before), Check.MISSING_RISE)
    assert (found.state, found.bound) == (CheckState.WARN, 0.4)


def test_what_no_model_reads_never_stops(before):
    columns = tuple(
        replace(column, role=Role.IGNORED) if column.name == "shop" else column
        for column in CASE.schema.columns
    )
    ignoring = replace(CASE, schema=Schema(columns=columns))
    every = _table(_CHANGES["every level is another"][0])
    found = _only(checked(ignoring, every, before=before), Check.NEW_LEVELS)
    assert found.state == CheckState.WARN


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (lambda: AtMost(warn=0.5, stop=0.1), "would stop before it warns"),
        (lambda: AtLeast(warn=1, stop=5), "would stop before it warns"),
        (lambda: AtMost(warn=math.nan), "is not a bound"),
        (lambda: CheckPolicy(examples=-1), "examples is -1"),
        (
            lambda: CheckPolicy(columns=(ColumnLimits(column="a"), ColumnLimits(column="a"))),
            r"\['a'\] have limits twice",
        ),
        (
            lambda: replace(CASE, checks=CheckPolicy(columns=(ColumnLimits(column="mood"),))),
            r"limits unknown columns \['mood'\]",
        ),
    ],
)
def test_a_policy_that_means_nothing_is_refused(declare, said):
    with pytest.raises(InvalidUseCase, match=said):
        declare()


def test_notes_say_what_is_remarkable_but_for_columns_of_findings(before):
    change = _CHANGES["a field goes empty"][0]
    table = _table(
        lambda n, row: (
            change(n, row)
            | {"late_note": 900.0 if n == 1 else row["late_note"] if n % 2 else None, "gift": True}
        )
    )
    said = checked(CASE, table, before=before)
    assert {name for found in said.findings for name in found.columns} >= {"region", "late_note"}
    alone = checked(CASE, table).figures
    assert notes_on(CASE, alone) == (
        "one and the same value in every row: Gift",
        "often empty: Region 100 %, Note 50 %",
        "Note reaches 900; the middle half is 2 to 8",
    )
    assert notes_on(CASE, alone, said.findings) == ()


def test_notes_count_repeats_unless_a_finding_does():
    thrice = _table(_TOLD_ONCE["repeated"])
    said = checked(CASE, thrice)
    assert notes_on(CASE, said.figures)[0] == (
        "800 rows (66.7 %) repeat another one apart from ids and dates"
    )
    assert not any("repeat" in note for note in notes_on(CASE, said.figures, said.findings))


# --- tables with little in them


@pytest.mark.parametrize("reference", [False, True], ids=["at first", "beside before"])
@pytest.mark.parametrize(
    "table",
    [
        _table(rows=0),
        _table(rows=1),
        _table(lambda n, row: dict.fromkeys(set(row) - {"order_id", "rating"})),
        _table(lambda n, row: {"price": [math.nan, math.inf, -math.inf, 1e308][n % 4]}),
        _table(lambda n, row: {"price": math.nan if n == 3 else row["price"]}),
    ],
    ids=["no row", "one row", "nothing but ids", "numbers that are none", "one NaN"],
)
def test_a_table_with_little_in_it_gives_finite_figures(table, reference, before):
    said = checked(CASE, table, before=before if reference else None)
    assert all(math.isfinite(found.figure) for found in said.findings)
    assert all(math.isfinite(value) for value in _numbers(asdict(said.figures)))
    again = checked(CASE, _table(), before=said.figures)
    assert all(math.isfinite(found.figure) for found in again.findings)


def _numbers(value):
    if isinstance(value, dict):
        return [number for one in value.values() for number in _numbers(one)]
    return [value] if isinstance(value, (int, float)) else []
