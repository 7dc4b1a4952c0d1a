"""The cleaning statements in every dialect: safe casts only, and nothing lost in translation."""

import dataclasses

import pytest
import sqlglot
from sqlglot import expressions as exp

from ml.contract.moments import ARRIVAL, ENGAGED
from ml.contract.names import Purpose, Role
from ml.core.cleaning.sql import CleaningSql, judged_columns
from ml.use_cases.lead_conversion import LEAD_CONVERSION

SCHEMA = LEAD_CONVERSION.schema
STATEMENTS = ("broken", "repeats", "clean", "held", "warnings", "inconsistent", "repeated")


def statements(dialect):
    return CleaningSql(
        schema=SCHEMA,
        judged=SCHEMA.columns,
        consistency=LEAD_CONVERSION.consistency,
        dialect=dialect,
    )


@pytest.fixture(scope="module", params=["duckdb", "spark"])
def rendered(request):
    sql = statements(request.param)
    return request.param, {name: getattr(sql, name) for name in STATEMENTS}


def test_casts_never_raise(rendered):
    dialect, sqls = rendered
    for name, sql in sqls.items():
        casts = list(sqlglot.parse_one(sql, read=dialect).find_all(exp.Cast))
        assert all(isinstance(cast, exp.TryCast) for cast in casts), name


def literals(sql, dialect):
    return [node.this for node in sqlglot.parse_one(sql, read=dialect).find_all(exp.Literal)]


def test_every_literal_survives_the_translation(rendered):
    """Engines escape control characters, quotes and backslashes each in their own way."""
    dialect, sqls = rendered
    for name, sql in sqls.items():
        written = literals(getattr(statements("duckdb"), name), "duckdb")
        assert [*dict.fromkeys(literals(sql, dialect))] == [*dict.fromkeys(written)], name


def test_spark_is_asked_only_for_functions_that_it_has(rendered):
    dialect, sqls = rendered
    if dialect == "spark":
        text = " ".join(sqls.values())
        assert "REGEXP_MATCHES" not in text
        assert "TRY_CAST" in text
        assert " RLIKE " in text


def test_scoring_judges_the_id_and_what_the_moment_may_see():
    judged = judged_columns(SCHEMA, Purpose.SCORE, ARRIVAL)
    assert judged[0] is SCHEMA.id
    assert {column.role for column in judged[1:]} == {Role.FEATURE}
    assert {column.known_from for column in judged} == {ARRIVAL}
    assert len(judged) < len(judged_columns(SCHEMA, Purpose.SCORE, ENGAGED))


def test_training_judges_every_column():
    assert judged_columns(SCHEMA, Purpose.TRAIN, ARRIVAL) == SCHEMA.columns


def test_a_schema_without_warnings_or_relations_asks_no_such_question():
    ids = dataclasses.replace(SCHEMA, columns=(SCHEMA.id, SCHEMA.target))
    sql = CleaningSql(schema=ids, judged=ids.columns)
    assert (sql.warnings, sql.inconsistent) == ("", "")
