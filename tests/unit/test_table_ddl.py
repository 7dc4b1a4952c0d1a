"""The warehouse's tables follow the use case, for every engine that holds them."""

from dataclasses import fields

import duckdb
import pytest
import sqlglot

from ml.contract.modelling import BinaryTask
from ml.contract.moments import ARRIVAL
from ml.contract.names import LINE, LOADED_VERSION, Kind, Purpose, Table
from ml.contract.records import ColumnDrift
from ml.contract.schema import Column
from ml.contract.table_columns import table_columns
from ml.contract.table_ddl import Dialect, table_ddl, type_sql
from ml.core.cleaning.sql import CleaningSql, judged_columns
from ml.core.scoring.scored_batch import SCORES as SCORED
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.small_use_case import small_use_case

SMALL = small_use_case(BinaryTask())


def names(use_case, table):
    return [column.name for column in table_columns(use_case, table)]


def types(use_case, table, dialect=Dialect.REDSHIFT):
    return {
        column.name: type_sql(column, dialect) + " NOT NULL" * column.required
        for column in table_columns(use_case, table)
    }


def test_every_kind_has_its_type():
    assert types(SMALL, Table.LEADS) == {
        "line_number": "BIGINT NOT NULL",
        "order_id": "VARCHAR(32768) NOT NULL",
        "rating": "BIGINT",
        "price": "DOUBLE PRECISION",
        "items": "BIGINT",
        "gift": "BOOLEAN",
        "region": "VARCHAR(256)",
        "size": "VARCHAR(256)",
        "shop": "VARCHAR(32768)",
        "ordered": "DATE",
        "empty": "DOUBLE PRECISION",
        "late_note": "DOUBLE PRECISION",
        "region_group": "VARCHAR(256)",
        "loaded_version": "VARCHAR(64) NOT NULL",
    }
    assert types(SMALL, Table.LEADS, Dialect.DUCKDB)["order_id"] == "VARCHAR NOT NULL"


def test_leads_hold_exactly_what_the_clean_file_holds():
    schema = LEAD_CONVERSION.schema
    judged = judged_columns(schema, Purpose.TRAIN, ARRIVAL)
    cleaned = sqlglot.parse_one(CleaningSql(schema=schema, judged=judged).clean, read="duckdb")
    assert names(LEAD_CONVERSION, Table.LEADS) == [*cleaned.named_selects, LOADED_VERSION]


def test_scores_hold_all_that_scoring_says_of_a_lead():
    assert set(SCORED.names) - {LINE} < set(names(SMALL, Table.SCORES))


def test_an_outcome_is_of_the_targets_type():
    assert types(SMALL, Table.OUTCOMES)["outcome"] == types(SMALL, Table.LEADS)["rating"]


def test_feedback_can_be_told_apart_by_lead_rep_and_score():
    required = {column.name for column in table_columns(SMALL, Table.FEEDBACK) if column.required}
    assert {"order_id", "rep", "scored_at"} < required


def test_drift_holds_all_that_watching_says_of_a_column():
    drawn = {"bins"}  # for pages, which read the record
    said = {field.name for field in fields(ColumnDrift)} - {"column", *drawn}
    assert said | {"column_name"} < set(names(SMALL, Table.DRIFT))


def test_a_level_too_long_for_its_column_widens_it():
    column = Column(name="essay", source="Essay", kind=Kind.CATEGORY, levels=("a" * 257,))
    wide = small_use_case(BinaryTask())
    object.__setattr__(wide.schema, "columns", (*wide.schema.columns, column))
    assert types(wide, Table.LEADS)["essay"] == "VARCHAR(32768)"


@pytest.mark.parametrize("dialect", list(Dialect))
def test_every_engine_can_read_every_statement(dialect):
    for statement in table_ddl(LEAD_CONVERSION, dialect):
        (parsed,) = sqlglot.parse(statement, read=dialect.value)
        assert parsed.key in {"create", "grant"}
        assert statement.startswith(
            ("CREATE SCHEMA IF NOT EXISTS ", "CREATE TABLE IF NOT EXISTS ", "GRANT ")
        )


def test_there_is_a_table_of_each_name_and_statements_run_twice():
    with duckdb.connect() as connection:
        for statement in 2 * table_ddl(LEAD_CONVERSION, Dialect.DUCKDB):
            connection.execute(statement)
        made = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    assert {name for (name,) in made} == {*Table, "schema_versions"}


def test_everybody_who_may_sign_in_may_read_and_load():
    rights = [each for each in table_ddl(LEAD_CONVERSION) if each.startswith("GRANT SELECT, INS")]
    assert len(rights) == len(Table)
