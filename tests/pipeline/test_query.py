"""`leadwise query`: rows of the warehouse for people, at home and from Redshift."""

import json

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from ml.adapters.duckdb_warehouse import DuckdbWarehouse
from ml.cli.app import app
from ml.contract.cloud_settings import WarehouseSettings
from ml.contract.errors import AccessDenied, Gone, InvalidSettings, StepMissing, UsageError
from tests.support.command_line import leadwise
from tests.support.data_api import DATABASE, ROLE, WORKGROUP
from tests.support.warehouses import LEADS, ROWS, SMALL, leads_file

SQL = f"SELECT line_number, shop FROM {LEADS} ORDER BY 1"


@pytest.fixture
def home(tmp_path):
    warehouse = DuckdbWarehouse(tmp_path / "warehouse.duckdb")
    warehouse.prepare(SMALL)
    warehouse.load(LEADS, leads_file(tmp_path, ROWS), "v1")
    return tmp_path


@pytest.fixture
def cloud(redshift, tmp_path, monkeypatch):
    """What a person's shell says of Redshift; its warehouse holds three leads."""
    redshift.warehouse().prepare(SMALL)
    redshift.warehouse().load(LEADS, leads_file(tmp_path, ROWS), "v1")
    settings = WarehouseSettings(
        warehouse_workgroup=WORKGROUP,
        warehouse_database=DATABASE,
        warehouse_role=ROLE,
        warehouse_staging=f"s3://{redshift.bucket}/unload/",
    )
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def ask(*words):
    """What the command prints in this process, where moto answers; its errors rise."""
    return CliRunner().invoke(app, ["query", *map(str, words)], catch_exceptions=False).stdout


def test_rows_come_as_a_table_or_as_json(home):
    done = leadwise("query", SQL, "--home", home, "--json")
    assert (done.code, [row["shop"] for row in json.loads(done.out)["rows"]]) == (
        0, ["", "NULL", None],
    )  # fmt: skip
    shown = leadwise("query", SQL, "--home", home)
    assert "line_number" in shown.out
    assert "3 rows, 3 shown; --output writes all" in shown.err


def test_all_rows_go_to_a_file(home):
    out = home / "out.parquet"
    done = leadwise("query", SQL, "--home", home, "--output", out, "--json")
    assert json.loads(done.out) == {"rows": 3, "output": str(out)}
    assert pq.read_table(out).num_rows == 3


def test_redshift_gives_the_same(cloud, home):  # noqa: ARG001 - its shell
    asked = (SQL, "--home", home, "--json")
    assert json.loads(ask(*asked, "--redshift")) == json.loads(ask(*asked))
    assert json.loads(ask(*asked, "--redshift", "--output", home / "o.parquet"))["rows"] == 3


@pytest.mark.parametrize(
    ("variable", "value", "error"),
    [
        ("LEADWISE_WAREHOUSE_SECRET", "arn:aws:secretsmanager:eu-central-1:1:secret:lost",
         AccessDenied),
        ("LEADWISE_WAREHOUSE_WORKGROUP", "elsewhere", Gone),
    ],
)  # fmt: skip
def test_what_redshift_lacks_is_named(cloud, variable, value, error):
    cloud.setenv(variable, value)
    with pytest.raises(error, match=value):
        ask(SQL, "--redshift")


def test_redshift_without_settings_says_which_are_missing():
    with pytest.raises(InvalidSettings, match="needs LEADWISE_WAREHOUSE_WORKGROUP"):
        ask(SQL, "--redshift")


def test_a_home_without_tables_is_left_as_it_is(tmp_path):
    with pytest.raises(StepMissing, match="'clean', which has not run on this home"):
        ask(SQL, "--home", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("output", ["rows.csv", "absent/rows.parquet"])
def test_an_output_that_cannot_be_is_refused(home, output):
    with pytest.raises(UsageError):
        ask(SQL, "--home", home, "--output", home / output)


def test_a_query_that_cannot_run_is_one_line_and_exit_code_4(home):
    done = leadwise("query", "SELECT nothing FROM nowhere", "--home", home)
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith("error: DuckDB could not run a statement: ")
    assert done.err.count("\n") == 1
