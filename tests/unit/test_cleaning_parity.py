"""SQL and Python give every cell the same value, fault and warning."""

import dataclasses
from datetime import date

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.contract.cleaning import Day, Number, Text, YesNo
from ml.contract.faults import Rule
from ml.contract.levels import Levels, OpenLevels
from ml.contract.names import OTHER, Kind, Role
from ml.contract.schema import Column
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.hostile import CELLS, cells

EVERY_RULE = (
    Column(name="lead", source="Lead", kind=Kind.TEXT, role=Role.ID),
    Column(name="note", source="Note", kind=Kind.TEXT, role=Role.ORDER),
    Column(name="number", source="Number", kind=Kind.NUMBER),
    Column(name="share", source="Share", kind=Kind.NUMBER, low=-1.5, high=99999.5, usual_high=300),
    Column(name="count", source="Count", kind=Kind.INTEGER, low=0, high=100_000, usual_high=300),
    Column(name="signed", source="Signed", kind=Kind.INTEGER, low=-5, high=5),
    Column(name="above", source="Above", kind=Kind.NUMBER, low=2, high=10),
    # Where a number stands for missing, as 999 does in many a CRM.
    Column(name="coded", source="Coded", kind=Kind.INTEGER, missing=("", "999", "-1")),
    Column(name="agreed", source="Agreed", kind=Kind.YES_NO),
    Column(name="unsaid", source="Unsaid", kind=Kind.YES_NO, missing=("", "no")),
    Column(name="day", source="Day", kind=Kind.DATE, role=Role.TIME),
    Column(name="open", source="Open", kind=Kind.CATEGORY),
    Column(
        name="level", source="Level", kind=Kind.CATEGORY,
        levels=("Google", "N.A. (it's)", "a\\b", "[x]^-]", "K\u00fcche", "Thane & Outskirts", "%"),
        spellings=(("goog", "Google"), ("straße", "K\u00fcche"), ("other", "%")),
    ),
    Column(
        name="chosen", source="Chosen", kind=Kind.CATEGORY, levels=("Select", "NA"), missing=("",),
    ),
    Column(name="order", source="Order by", kind=Kind.ORDINAL, levels=("Low", "High")),
)  # fmt: skip
LEADS = LEAD_CONVERSION.schema.columns


def by_sql(columns, texts):
    """Value, fault and warning of every text in every column, by one query on DuckDB."""
    parts = [
        f'{sql} AS "{column.name} {part}"'
        for column in columns
        for part, sql in (
            ("value", column.value_sql('"Cell"')),
            ("fault", column.fault_sql('"Cell"')),
            ("warning", column.warning_sql('"Cell"')),
        )
    ]
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register(
            "cells", pa.table({"i": range(len(texts)), "Cell": pa.array(texts, pa.string())})
        )
        rows = connection.sql(f"SELECT {', '.join(parts)} FROM cells ORDER BY i").fetchall()
    return [[row[i : i + 3] for i in range(0, len(row), 3)] for row in rows]


def by_record(column, text):
    value, fault, warning = column.clean(text)
    return value, fault and fault.value, warning and warning.value


def exact(answer):
    """An answer whose numbers only equal numbers of the same type, sign and digits."""
    value, fault, warning = answer
    return (type(value), repr(value), fault, warning)


def differences(columns, texts):
    found = by_sql(columns, texts)
    return [
        (column.name, text, by_record(column, text), answer)
        for text, answers in zip(texts, found, strict=True)
        for column, answer in zip(columns, answers, strict=True)
        if exact(by_record(column, text)) != exact(answer)
    ]


def spellings(columns):
    words = {
        word for c in columns for word in (*c.levels, *(s for s, _ in c.spellings), *c.missing)
    }
    return tuple(sorted(words))


@pytest.mark.parametrize("columns", [EVERY_RULE, LEADS], ids=["every rule", "lead conversion"])
def test_known_hostile_cells(columns):
    assert not differences(columns, [None, *CELLS, *spellings(columns)])


@settings(max_examples=25)
@given(st.lists(st.none() | cells(spellings(EVERY_RULE)), min_size=1, max_size=80))
def test_every_rule(texts):
    assert not differences(EVERY_RULE, texts)


@settings(max_examples=6)
@given(st.lists(st.none() | cells(spellings(LEADS)), min_size=20, max_size=100))
def test_every_column_of_lead_conversion(texts):
    assert not differences(LEADS, texts)


def test_the_columns_above_cover_every_rule_class():
    kinds = {type(column.rule) for column in EVERY_RULE}
    assert kinds == {Text, Number, YesNo, Levels, OpenLevels, Day}


def test_a_cell_with_a_fault_has_no_value():
    for column in EVERY_RULE:
        for cell in CELLS:
            cleaned = column.clean(cell)
            assert cleaned.fault is None or cleaned.value is None, (column.name, cell)


def test_only_the_declared_warning_appears_and_only_on_suspect_values():
    column = EVERY_RULE[4]
    assert column.clean("301").warning is column.rule.warns is Rule.OUTLIER
    assert EVERY_RULE[12].clean("nowhere") == (OTHER, None, Rule.UNSEEN_LEVEL)
    assert EVERY_RULE[10].clean("2024-02-29").value == date(2024, 2, 29)


def test_the_comparison_sees_a_changed_rule():
    stricter = dataclasses.replace(EVERY_RULE[4], high=50)
    answers = [row[0] for row in by_sql([stricter], ["51"])]
    assert exact(answers[0]) != exact(by_record(EVERY_RULE[4], "51"))
