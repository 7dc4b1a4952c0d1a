"""The warehouse's tables follow the use case, in the order of the clean file's columns."""

import re

import sqlglot

from ml.contract.modelling import BinaryTask
from ml.contract.moments import ARRIVAL
from ml.contract.names import LINE, LOADED_VERSION, Kind, Purpose
from ml.contract.schema import Column
from ml.contract.table_ddl import lead_columns, score_columns, table_ddl
from ml.core.cleaning.sql import CleaningSql, judged_columns
from ml.steps.score import _SCHEMA as SCORED
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.small_use_case import small_use_case

SMALL = small_use_case(BinaryTask())


def test_every_kind_has_its_type():
    assert dict(lead_columns(SMALL)) == {
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


def test_columns_stand_as_in_the_clean_file_that_copy_reads_by_position():
    schema = LEAD_CONVERSION.schema
    judged = judged_columns(schema, Purpose.TRAIN, ARRIVAL)
    cleaned = sqlglot.parse_one(CleaningSql(schema=schema, judged=judged).clean, read="duckdb")
    assert [name for name, _ in lead_columns(LEAD_CONVERSION)] == [
        *cleaned.named_selects,
        LOADED_VERSION,
    ]


def test_scores_hold_all_that_scoring_says_of_a_lead():
    assert set(SCORED.names) - {LINE} < {name for name, _ in score_columns(SMALL)}


def test_a_level_too_long_for_its_column_widens_it():
    column = Column(name="essay", source="Essay", kind=Kind.CATEGORY, levels=("a" * 257,))
    wide = small_use_case(BinaryTask())
    object.__setattr__(wide.schema, "columns", (*wide.schema.columns, column))
    assert dict(lead_columns(wide))["essay"] == "VARCHAR(32768)"


def test_redshift_can_read_every_statement_and_run_it_twice():
    statements = table_ddl(LEAD_CONVERSION)
    for statement in statements:
        (parsed,) = sqlglot.parse(statement, read="redshift")
        assert parsed.key in {"create", "grant"}
    creates = [each for each in statements if each.startswith("CREATE")]
    assert len(creates) == 3
    assert all(re.match(r"CREATE (SCHEMA|TABLE) IF NOT EXISTS ", each) for each in creates)
