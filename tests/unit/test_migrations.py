"""Tables gain columns; whatever else would change is refused."""

from dataclasses import replace

import pytest

from ml.contract.errors import OtherSchemaVersion
from ml.contract.migrations import FoundColumn, additions
from ml.contract.modelling import BinaryTask
from ml.contract.names import Kind, Table
from ml.contract.schema import Column
from ml.contract.table_columns import ColumnType, table_columns
from ml.contract.table_ddl import Dialect
from tests.support.small_use_case import small_use_case

SMALL = small_use_case(BinaryTask())
SAID = {
    ColumnType.INTEGER: "integer",
    ColumnType.BIGINT: "bigint",
    ColumnType.DOUBLE: "double precision",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.DATE: "date",
    ColumnType.TIMESTAMP: "timestamp without time zone",
    ColumnType.TEXT: "character varying",
}


def found(**changes):
    """What Redshift says of SMALL's tables, but for some columns of leads; None for absent."""
    columns = [
        FoundColumn(table, column.name, SAID[column.type], column.width)
        for table in Table
        for column in table_columns(SMALL, table)
    ]
    changed = [
        each._replace(**changes.get(each.name) or {}) if each.table == Table.LEADS else each
        for each in columns
    ]
    gone = {name for name, change in changes.items() if change is None}
    return [each for each in changed if each.table != Table.LEADS or each.name not in gone]


def test_tables_that_are_as_declared_stay_as_they_are():
    assert additions(SMALL, found()) == ()


def test_an_empty_warehouse_only_remembers_that_its_tables_were_made():
    (remember,) = additions(SMALL, [])
    assert remember.startswith('INSERT INTO "small"."schema_versions" SELECT COALESCE(MAX(')
    assert "leads made, scores made, outcomes made" in remember


@pytest.mark.parametrize(
    ("dialect", "type", "now"),
    [(Dialect.REDSHIFT, "VARCHAR(256)", "GETDATE()"), (Dialect.DUCKDB, "VARCHAR", "now()")],
)
def test_a_new_column_is_added_at_the_end_and_may_be_null(dialect, type, now):
    add, remember = additions(SMALL, found(region=None), dialect)
    assert add == f'ALTER TABLE "small"."leads" ADD COLUMN "region" {type}'
    assert "'leads.region added'" in remember
    assert now in remember


def test_a_column_that_every_row_must_have_is_added_without_that_rule():
    add, _ = additions(SMALL, found(line_number=None))
    assert add.endswith('ADD COLUMN "line_number" BIGINT')


def test_the_order_of_columns_means_nothing():
    assert additions(SMALL, found()[::-1]) == ()


def test_a_wider_text_holds_what_is_wanted():
    assert additions(SMALL, found(region={"width": 512})) == ()


@pytest.mark.parametrize(
    ("changed", "there", "wanted"),
    [
        ({"items": {"type": "double precision"}}, "double precision", "bigint"),
        ({"items": {"type": "super"}}, "super", "bigint"),
        ({"price": {"type": "character varying", "width": 9}}, "character varying(9)", "double"),
        ({"region": {"width": 128}}, "character varying(128)", "varchar(256)"),
    ],
)
def test_a_column_of_another_type_is_refused_by_name(changed, there, wanted):
    with pytest.raises(OtherSchemaVersion) as refused:
        additions(SMALL, found(**changed))
    (column,) = changed
    said = str(refused.value)
    assert f"small.leads is of another schema version: column '{column}' is {there}" in said
    assert f"and {wanted}" in said
    assert "a new name" in said
    assert "\n" not in said
    assert refused.value.exit_code == 2


def test_a_column_that_the_use_case_lost_is_refused():
    extra = FoundColumn(Table.SCORES, "mood", "integer", None)
    with pytest.raises(OtherSchemaVersion, match="'mood' is integer there and absent in the use"):
        additions(SMALL, [*found(), extra])


def test_tables_of_others_in_the_same_schema_are_left_alone():
    assert additions(SMALL, [*found(), FoundColumn("notes", "x", "super", None)]) == ()


def test_one_refusal_means_that_nothing_is_added():
    with pytest.raises(OtherSchemaVersion):
        additions(SMALL, found(region=None, items={"type": "date"}))


def test_a_use_case_that_gains_a_column_gains_it_in_every_table_that_has_it():
    column = Column(name="note_length", source="Note length", kind=Kind.INTEGER)
    schema = replace(SMALL.schema, columns=(*SMALL.schema.columns, column))
    add, remember = additions(replace(SMALL, schema=schema), found())
    assert add.endswith('"leads" ADD COLUMN "note_length" BIGINT')
    assert "'leads.note_length added'" in remember
