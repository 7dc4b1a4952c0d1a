"""What steps ask of a warehouse, over every warehouse that there is."""

from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.adapters.duckdb_warehouse import DuckdbWarehouse
from ml.contract.errors import OtherSchemaVersion, StatementFailed, UsageError
from ml.contract.names import Table
from tests.support.warehouses import (
    LEADS,
    ROWS,
    SMALL,
    filled,
    leads_file,
    leads_schema,
    many,
    with_column,
)

NAMES = ", ".join(leads_schema().names)
ALL = f"SELECT {NAMES} FROM {LEADS} ORDER BY line_number"
# Warehouses keep moments in UTC and do not say so.
NOON, MOMENT = (datetime.fromisoformat(t) for t in ("2020-01-01T12", "2026-02-28T13:14:15.678901"))
COUNT = f"SELECT count(*) AS n FROM {LEADS}"


@pytest.fixture(params=["duckdb", "redshift"])
def warehouse(request, tmp_path):
    if request.param == "duckdb":
        return DuckdbWarehouse(tmp_path / "w.duckdb")
    return request.getfixturevalue("redshift").warehouse()


@pytest.fixture
def prepared(warehouse):
    warehouse.prepare(SMALL)
    return warehouse


def rows_of(warehouse):
    return warehouse.query(ALL).to_pylist()


def kinds(found):
    """Names and types; engines differ in what they say of NULL."""
    schema = found if isinstance(found, pa.Schema) else found.schema
    return list(zip(schema.names, schema.types, strict=True))


def versions(warehouse):
    sql = f"SELECT version, changes, applied_at FROM {SMALL.name}.schema_versions ORDER BY version"
    return warehouse.query(sql).to_pylist()


def test_what_was_loaded_is_what_is_read(prepared, tmp_path):
    assert prepared.load(LEADS, leads_file(tmp_path, ROWS), "v1") == 3
    assert rows_of(prepared) == [filled(row) for row in ROWS]
    assert kinds(prepared.query(ALL)) == kinds(leads_schema())


def test_what_is_exported_is_what_is_read(prepared, tmp_path):
    prepared.load(LEADS, leads_file(tmp_path, ROWS), "v1")
    assert prepared.export(ALL, tmp_path / "out.parquet") == 3
    out = pq.read_table(tmp_path / "out.parquet")
    assert out.to_pylist() == [filled(row) for row in ROWS]
    assert kinds(out) == kinds(leads_schema())


def test_loading_a_version_again_replaces_it_and_no_other(prepared, tmp_path):
    file = leads_file(tmp_path, ROWS)
    assert prepared.load(LEADS, file, "v1") == prepared.load(LEADS, file, "v2") == 3
    assert prepared.load(LEADS, leads_file(tmp_path, ROWS[:1]), "v1") == 1
    sql = f"SELECT loaded_version, count(*) AS n FROM {LEADS} GROUP BY 1 ORDER BY 1"
    assert [tuple(row.values()) for row in prepared.query(sql).to_pylist()] == [
        ("v1", 1),
        ("v2", 3),
    ]


def test_an_empty_file_leaves_no_rows_of_its_version(prepared, tmp_path):
    prepared.load(LEADS, leads_file(tmp_path, ROWS), "v1")
    assert prepared.load(LEADS, leads_file(tmp_path, []), "v1") == 0
    assert rows_of(prepared) == []


def test_no_rows_still_have_their_columns_and_types(prepared, tmp_path):
    assert kinds(prepared.query(ALL)) == kinds(leads_schema())
    assert prepared.export(ALL, tmp_path / "out.parquet") == 0
    assert kinds(pq.read_table(tmp_path / "out.parquet")) == kinds(leads_schema())


def test_values_of_every_type_come_back_as_they_are(warehouse):
    sql = """SELECT CAST(1 AS INTEGER) AS small, CAST(1 AS BIGINT) AS big,
        CAST(1.5 AS DOUBLE PRECISION) AS real, CAST(-12.30 AS DECIMAL(18, 2)) AS money,
        TRUE AS yes, CAST(NULL AS BOOLEAN) AS unknown, CAST('2026-02-28' AS DATE) AS day,
        CAST('2026-02-28 13:14:15.678901' AS TIMESTAMP) AS moment, CAST('' AS VARCHAR) AS nothing,
        CAST(NULL AS VARCHAR) AS null_text"""
    assert warehouse.query(sql).to_pylist() == [
        {
            "small": 1,
            "big": 1,
            "real": 1.5,
            "money": Decimal("-12.30"),
            "yes": True,
            "unknown": None,
            "day": date(2026, 2, 28),
            "moment": MOMENT,
            "nothing": "",
            "null_text": None,
        }
    ]


@pytest.mark.parametrize(
    ("column", "value", "lines"),
    [
        ("order_id", "a", [2]),
        ("order_id", ROWS[2]["order_id"], [4]),
        ("order_id", "a' OR '1' = '1", []),
        ("order_id", "a\\' OR 1 = 1 --", []),
        ("items", 2**53 + 1, [2]),
        ("price", 0.1, [2]),
        ("gift", False, [3]),
        ("ordered", date(1999, 12, 31), [3]),
    ],
)
def test_parameters_are_values_and_never_sql(prepared, tmp_path, column, value, lines):
    prepared.load(LEADS, leads_file(tmp_path, ROWS), "v1")
    sql = f"SELECT line_number FROM {LEADS} WHERE {column} = :value ORDER BY 1"
    assert prepared.query(sql, {"value": value})["line_number"].to_pylist() == lines
    out = tmp_path / "out.parquet"
    assert prepared.export(sql, out, {"value": value}) == len(lines)
    assert pq.read_table(out)["line_number"].to_pylist() == lines


def test_a_moment_can_be_a_parameter(prepared):
    sql = f"SELECT count(*) AS n FROM {SMALL.name}.schema_versions WHERE applied_at > :since"
    assert prepared.query(sql, {"since": NOON}).to_pylist() == [{"n": 1}]


def test_many_rows_all_come_and_in_order(prepared, tmp_path):
    rows = many(5_000)
    prepared.load(LEADS, leads_file(tmp_path, rows), "v1")
    assert rows_of(prepared) == [filled(row) for row in rows]
    assert prepared.export(ALL, tmp_path / "out.parquet") == 5_000


def test_an_export_replaces_the_file_or_leaves_it(prepared, tmp_path):
    out = tmp_path / "out.parquet"
    out.write_text("before")
    with pytest.raises(StatementFailed):
        prepared.export("SELECT nothing FROM nowhere", out)
    assert out.read_text() == "before"
    prepared.export(ALL, out)
    assert [file.name for file in tmp_path.iterdir() if "out" in file.name] == ["out.parquet"]
    assert pq.read_metadata(out).num_rows == 0


def test_tables_are_made_once_and_remembered(prepared):
    prepared.prepare(SMALL)
    (made,) = versions(prepared)
    assert made["version"] == 1
    assert made["changes"] == ", ".join(f"{table} made" for table in Table)
    for table in Table:
        assert prepared.query(f"SELECT * FROM {SMALL.name}.{table}").num_rows == 0


def test_a_use_case_that_gains_a_column_keeps_its_rows(prepared, tmp_path):
    prepared.load(LEADS, leads_file(tmp_path, ROWS), "v1")
    wider = with_column(SMALL, "mood")
    prepared.prepare(wider)
    mooded = leads_file(tmp_path, [ROWS[0] | {"mood": 7}], wider)
    assert prepared.load(LEADS, mooded, "v2") == 1
    # The column came after the version, and a file made before it still loads.
    assert prepared.load(LEADS, leads_file(tmp_path, ROWS[:2]), "v3") == 2
    sql = f"SELECT loaded_version, mood, order_id FROM {LEADS} ORDER BY 1, 3 DESC"
    assert [tuple(row.values()) for row in prepared.query(sql).to_pylist()] == [
        ("v1", None, "b"),
        ("v1", None, "a"),
        ("v1", None, ROWS[2]["order_id"]),
        ("v2", 7, "a"),
        ("v3", None, "b"),
        ("v3", None, "a"),
    ]
    assert [each["changes"] for each in versions(prepared)][1:] == ["leads.mood added"]
    assert [each["version"] for each in versions(prepared)] == [1, 2]


def test_a_use_case_that_lost_a_column_is_refused_and_nothing_changes(prepared):
    prepared.prepare(with_column(SMALL, "mood"))
    with pytest.raises(OtherSchemaVersion, match=r"small\.leads.*'mood' is bigint there"):
        prepared.prepare(with_column(SMALL, "temper"))
    assert "temper" not in prepared.query(f"SELECT * FROM {LEADS}").column_names
    assert len(versions(prepared)) == 2


def test_a_file_of_another_schema_version_is_refused_and_nothing_loaded(prepared, tmp_path):
    prepared.load(LEADS, leads_file(tmp_path, ROWS), "v1")
    file = leads_file(tmp_path, [ROWS[0] | {"mood": 7}], with_column(SMALL, "mood"))
    with pytest.raises(OtherSchemaVersion, match="'mood' is absent there and in the file; prepare"):
        prepared.load(LEADS, file, "v1")
    assert len(rows_of(prepared)) == 3


def test_a_table_that_was_not_prepared_takes_no_file(warehouse, tmp_path):
    with pytest.raises(OtherSchemaVersion, match="prepare the warehouse"):
        warehouse.load(LEADS, leads_file(tmp_path, ROWS), "v1")


def test_a_load_that_fails_keeps_what_was_there(prepared, tmp_path):
    prepared.load(LEADS, leads_file(tmp_path, ROWS), "v1")
    nameless = leads_file(tmp_path, [{"line_number": 9}, {"line_number": 10}])
    with pytest.raises(StatementFailed, match="order_id"):
        prepared.load(LEADS, nameless, "v1")
    assert rows_of(prepared) == [filled(row) for row in ROWS]


def test_a_statement_that_cannot_run_is_told_in_the_engines_words(prepared):
    with pytest.raises(StatementFailed, match="nowhere") as refused:
        prepared.query("SELECT 1 FROM nowhere")
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 4


@pytest.mark.parametrize("name", ['u."x; DROP', "leads", "a.b.c", "a.b c"])
def test_a_table_name_is_no_way_in(warehouse, tmp_path, name):
    with pytest.raises(UsageError, match="<use case>.<table>"):
        warehouse.load(name, tmp_path, "v")


def test_counting_gives_a_whole_number(prepared):
    assert prepared.query(COUNT).schema == pa.schema([("n", pa.int64())])
