"""What steps ask of an engine, over every engine that there is."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot

from ml.adapters.duckdb_engine import DuckdbEngine
from ml.adapters.spark_engine import SparkEngine
from ml.contract.errors import DependencyUnavailable
from tests.support.spark import SPARK_PYTHON

ENGINES = ("duckdb", "spark")


@pytest.fixture(scope="module", params=ENGINES)
def engine(request):
    return (
        DuckdbEngine(threads=2) if request.param == "duckdb" else request.getfixturevalue("spark")
    )


@pytest.fixture
def leads(tmp_path):
    file = tmp_path / "it's a file.parquet"
    pq.write_table(
        pa.table({"n": range(100_000), "name": [f"lead {i}" for i in range(100_000)]}), file
    )
    return file


def test_export_writes_the_rows_in_order_and_counts_them(engine, leads, tmp_path):
    out = tmp_path / "out.parquet"
    sql = "SELECT n FROM leads WHERE n % 2 = 0 ORDER BY n DESC"
    assert engine.export(sql, {"leads": leads}, out) == 50_000
    assert pq.read_table(out)["n"].to_pylist() == list(range(99_998, -1, -2))


def test_rows_that_are_taken_one_by_one_keep_their_order(engine, tmp_path):
    file, out = tmp_path / "many.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.table({"n": pa.array(range(30_000))}), file, row_group_size=1_000)
    engine.export("SELECT n, n + 1 AS more FROM many", {"many": file}, out)
    assert pq.read_table(out)["n"].to_pylist() == list(range(30_000))


def test_export_without_rows_leaves_a_readable_file(engine, leads, tmp_path):
    out = tmp_path / "none.parquet"
    assert engine.export("SELECT n FROM leads WHERE n < 0", {"leads": leads}, out) == 0
    assert pq.read_table(out).schema.names == ["n"]


def test_rows_come_as_a_table(engine, leads):
    found = engine.rows("SELECT COUNT(*) AS n FROM leads", {"leads": leads})
    assert found.to_pylist() == [{"n": 100_000}]


def test_batches_cover_every_row_in_order(engine, leads):
    batches = list(engine.batches("SELECT n FROM leads ORDER BY n", {"leads": leads}, 30_000))
    assert all(batch.num_rows <= 30_000 for batch in batches)
    assert pa.Table.from_batches(batches)["n"].to_pylist() == list(range(100_000))


def test_batches_may_be_left_early(engine, leads):
    first = next(iter(engine.batches("SELECT n FROM leads", {"leads": leads}, 1_000)))
    assert first.num_rows <= 1_000


def test_a_csv_is_a_table_too(engine, tmp_path):
    (tmp_path / "few.csv").write_text("a,b\n1,x\n2,y\n")
    found = engine.rows("SELECT a FROM few ORDER BY a", {"few": tmp_path / "few.csv"})
    assert found["a"].to_pylist() == [1, 2]


def test_statements_share_nothing(engine, leads):
    engine.rows("SELECT 1 AS x FROM leads LIMIT 1", {"leads": leads})
    with pytest.raises(Exception, match="leads"):
        engine.rows("SELECT 1 AS x FROM leads", {})


def test_an_absent_file_is_named(engine, tmp_path):
    with pytest.raises(DependencyUnavailable, match="gone"):
        engine.rows("SELECT 1 FROM x", {"x": tmp_path / "gone.parquet"})


def test_nothing_is_left_beside_the_rows(engine, leads, tmp_path):
    engine.export("SELECT COUNT(*) AS n FROM leads", {"leads": leads}, tmp_path / "out.parquet")
    assert {file.name for file in tmp_path.iterdir()} == {leads.name, "out.parquet"}


def test_a_path_is_no_pattern(engine, tmp_path):
    folder = tmp_path / "a[b]{c}*"
    folder.mkdir()
    pq.write_table(pa.table({"n": [1]}), folder / "rows.parquet")
    assert engine.rows("SELECT n FROM t", {"t": folder / "rows.parquet"}).num_rows == 1


def test_a_statement_that_cannot_run_leaves_no_file(engine, leads, tmp_path):
    with pytest.raises(Exception, match="nowhere"):
        engine.export("SELECT nowhere FROM leads", {"leads": leads}, tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()
    assert engine.rows("SELECT 1 AS n", {}).num_rows == 1


def test_sqlglot_knows_its_dialect(engine):
    assert sqlglot.Dialect.get(engine.dialect)


def test_duckdb_removes_what_it_spilled(leads, tmp_path):
    DuckdbEngine(tmp_path).rows("SELECT COUNT(*) AS n FROM leads", {"leads": leads})
    assert list(tmp_path.iterdir()) == [leads]


def test_spark_that_is_not_installed_says_how_to_get_it(tmp_path):
    with pytest.raises(DependencyUnavailable, match="make spark"):
        SparkEngine(tmp_path / "python").rows("SELECT 1", {})


def test_spark_that_dies_is_said_and_started_anew():
    engine = SparkEngine(SPARK_PYTHON, threads=1)
    engine.rows("SELECT 1 AS n", {})
    engine._process.kill()
    with pytest.raises(DependencyUnavailable, match="ended with exit code -9"):
        engine.rows("SELECT 1 AS n", {})
    assert engine.rows("SELECT 1 AS n", {}).num_rows == 1
    engine.close()
