"""The list of data checks: types, limits of columns, policies; and notes."""

import math
from dataclasses import replace

import pyarrow as pa
import pytest

from ml.contract.check_policy import AtLeast, AtMost, CheckPolicy, ColumnLimits
from ml.contract.checks import checks_of
from ml.contract.errors import InvalidUseCase
from ml.contract.names import Check, CheckState, Role
from ml.contract.schema import Schema
from ml.core.checks import judge_types, notes_on, types_of
from ml.core.checks.judge import _OF_COLUMN, _OF_TABLE
from ml.core.checks.table_types import declared_types
from ml.core.checks.words import next_move
from tests.support.checking import checked
from tests.support.ordinary_orders import CASE, ROWS, SMALL, only, order, orders


@pytest.fixture(scope="module")
def before():
    """Figures of ordinary orders."""
    return checked(CASE, orders()).figures


# --- columns and types


def test_a_changed_type_stops_and_an_added_column_warns():
    table = orders()
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
    found = checked(CASE, orders().drop_columns(["shop"])).findings
    assert [(one.check, one.columns) for one in found] == [(Check.SCHEMA, ("shop",))]


def test_an_unknown_column_of_the_file_warns():
    (found,) = checked(
        CASE, orders(), unknown=("the file has columns we do not know: 'Mood'",)
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
    without = {one.check for one in checks_of(SMALL)}
    assert set(Check) - without == {Check.FRESHNESS, Check.FUTURE, Check.WEEKLY_VOLUME}


def _without_region(*_):
    return {"region": None, "region_group": None}


def test_a_column_may_have_limits_of_its_own(before):
    loose = replace(
        CASE,
        checks=replace(
            CASE.checks, columns=(ColumnLimits(column="region", missing_rise=AtMost(warn=0.4)),)
        ),
    )
    gone = orders(_without_region)
    found = only(checked(loose, gone, before=before), Check.MISSING_RISE)
    assert (found.state, found.bound) == (CheckState.WARN, 0.4)


def test_what_no_model_reads_never_stops(before):
    columns = tuple(
        replace(column, role=Role.IGNORED) if column.name == "shop" else column
        for column in CASE.schema.columns
    )
    ignoring = replace(CASE, schema=Schema(columns=columns))
    every = orders(lambda n, row: {"shop": row["shop"].upper()})
    found = only(checked(ignoring, every, before=before), Check.NEW_LEVELS)
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
    table = orders(
        lambda n, row: (
            _without_region(n, row)
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
    own = ("order_id", "arrived")
    thrice = orders(lambda n, row: order(n // 3) | {name: row[name] for name in own})
    said = checked(CASE, thrice)
    assert notes_on(CASE, said.figures)[0] == (
        "800 rows (66.7 %) repeat another one apart from ids and dates"
    )
    assert not any("repeat" in note for note in notes_on(CASE, said.figures, said.findings))
