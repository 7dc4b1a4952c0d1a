"""`leadwise check` as a person or a script meets it: a file, or a table of the catalog."""

import json
import os
from unittest.mock import patch

import boto3
import pytest

from ml.contract.names import CheckState
from ml.core.checks.table_types import declared_types
from ml.core.generator import Scenario
from ml.core.sample import write_csv
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.command_line import leadwise

_NATIVE = {
    "whole number": "bigint",
    "number": "double",
    "yes or no": "boolean",
    "date": "date",
    "text": "string",
}


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    """A terminal that breaks no line of these tests."""
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for name, scenario in (
        ("good", Scenario()),
        ("broken", Scenario(broken_field="Lead Source", breakage="garbled")),
    ):
        with (folder / f"{name}.csv").open("wb") as stream:
            write_csv(LEAD_CONVERSION, stream, rows=1_000, seed=2, scenario=scenario)
    return folder


def test_a_good_file_passes_and_the_home_stays_as_it_is(files, tmp_path):
    done = leadwise("check", "lead_conversion", "--data", files / "good.csv", "--home", tmp_path)
    assert done.code == 0, done.err
    assert "nothing was found" in done.out
    assert "pass: nothing stands against learning from these rows." in done.out
    after = leadwise("step", "snapshot", "lead_conversion", "--home", tmp_path)
    assert after.code == 2
    assert "'clean', which has not run" in after.err


def test_a_broken_file_is_named_in_words_and_in_one_object(files, tmp_path):
    words = ("check", "lead_conversion", "--data", files / "broken.csv", "--home", tmp_path)
    shown = leadwise(*words)
    assert shown.code == 3
    assert "100 % of the values of Lead Source are none of the expected ones" in shown.err
    assert "'ÃGoogle" in shown.out
    assert shown.err.splitlines()[-1].startswith("error: the data checks of lead_conversion")
    said = leadwise(*words, "--json")
    record = json.loads(said.out)
    assert (said.code, record["state"]) == (3, CheckState.STOP)
    assert record["findings"][0]["columns"] == ["lead_source"]
    assert len(record["findings"][0]["lines"]) == 5


def test_a_value_that_reads_like_markup_is_shown_as_it_is(files, tmp_path):
    odd = tmp_path / "odd.csv"
    odd.write_text((files / "good.csv").read_text().replace(",Google,", ",[/red]Google,"))
    words = ("check", "lead_conversion", "--data", odd, "--home", tmp_path / "home")
    shown = leadwise(*words)
    assert shown.code == 0, shown.err
    assert "'[/red]Google'" in shown.out


def test_a_run_that_stops_names_its_findings_in_json(files, tmp_path):
    words = ("run", "lead_conversion", "--data", files / "broken.csv", "--home", tmp_path)
    done = leadwise(*words, "--json")
    error = json.loads(done.out)["error"]
    assert (done.code, error["type"], error["exit_code"]) == (3, "DataStopped", 3)
    assert error["findings"][0]["columns"] == ["lead_source"]
    step = leadwise("step", "check", "lead_conversion", "--home", tmp_path)
    assert step.code == 3
    assert len(step.err.strip().splitlines()) == 2  # progress, and the error


@pytest.fixture(scope="module")
def catalog(moto_server):
    """Asks the command about a table of the catalog with the given columns."""
    glue = boto3.client(
        "glue",
        endpoint_url=moto_server,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    glue.create_database(DatabaseInput={"Name": "lake"})
    account = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }

    def ask(name, columns, *words, url=moto_server):
        if columns is not None:
            described = [{"Name": key, "Type": kind} for key, kind in columns.items()]
            table = {
                "Name": name,
                "StorageDescriptor": {"Columns": described},
                "PartitionKeys": [{"Name": "version", "Type": "string"}],
            }
            glue.create_table(DatabaseName="lake", TableInput=table)
        with patch.dict(os.environ, account | {"AWS_ENDPOINT_URL": url}):
            return leadwise("check", "lead_conversion", "--catalog", f"lake.{name}", *words)

    return ask


def _columns(**changed):
    types = declared_types(LEAD_CONVERSION.schema)
    return {name: _NATIVE[word] for name, word in types.items()} | changed


def test_a_table_as_declared_passes(catalog):
    done = catalog("as_declared", _columns())
    assert done.code == 0, done.err
    assert "Columns of lake.as_declared: pass" in done.out


def test_a_type_that_a_crawler_changed_is_one_clear_line(catalog):
    done = catalog("turned", _columns(total_visits="string"))
    assert done.code == 3
    (line,) = done.err.strip().splitlines()
    assert "column 'total_visits' is of type 'text', not 'whole number' as declared" in line


def test_an_added_column_warns(catalog):
    done = catalog("wider", _columns(mood="string"), "--json")
    said = json.loads(done.out)
    assert (done.code, said["state"]) == (0, CheckState.WARN)
    assert [one["columns"] for one in said["findings"]] == [["mood"]]


def test_a_table_that_is_not_there_is_named(catalog):
    done = catalog("absent", None)
    assert done.code == 2
    assert done.err.strip().splitlines() == [
        "error: the Glue catalog has no table 'lake.absent'; look at its name, or run the crawler"
    ]


def test_a_catalog_that_does_not_answer_is_a_dependency(catalog, free_port):
    done = catalog("any", None, url=f"http://127.0.0.1:{free_port}")
    assert done.code == 4
    (line,) = done.err.strip().splitlines()
    assert line.startswith("error: the Glue catalog's table 'lake.any' is away")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "either --data FILE or --catalog DATABASE.TABLE"),
        (("--catalog", "leads"), "write DATABASE.TABLE"),
    ],
)
def test_a_wrong_word_is_one_clear_line(words, said):
    done = leadwise("check", "lead_conversion", *words)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err
