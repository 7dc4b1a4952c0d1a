"""What steps ask of an engine, over every engine that there is."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.adapters.duckdb_engine import DuckdbEngine
from ml.contract.errors import DependencyUnavailable


@pytest.fixture
def engine(tmp_path):
    (tmp_path / "spill").mkdir()
    return DuckdbEngine(tmp_path / "spill", threads=2)


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


def test_spilled_files_are_removed(engine, leads, tmp_path):
    engine.rows("SELECT COUNT(*) AS n FROM leads", {"leads": leads})
    assert list((tmp_path / "spill").iterdir()) == []


def test_its_dialect_is_known(engine):
    assert engine.dialect == "duckdb"
