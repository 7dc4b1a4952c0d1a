"""Scoring on Spark: the same scores, reasons and statuses as in this process, for every row."""

from dataclasses import replace
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from ml.adapters.duckdb_engine import DuckdbEngine
from ml.adapters.spark_engine import SparkEngine
from ml.adapters.spark_scoring import SparkScoring
from ml.bootstrap import laptop
from ml.contract.errors import DependencyUnavailable
from ml.contract.names import LINE, EngineName
from ml.contract.settings import LaptopSettings
from ml.core.cleaning.sql import render
from ml.core.quarantine import QUARANTINE_SCHEMA
from ml.core.sample import write_csv
from ml.core.scored_table import held_sql
from ml.steps.score import score
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.watching import Told, deploy_model, generated, home_of

ENGAGED = LEAD_CONVERSION.default_moment


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A model in force, and leads of which some are repeated and some are broken."""
    folder = tmp_path_factory.mktemp("home")
    runtime = home_of(folder / "home", Told())
    deploy_model(runtime, generated(rows=400, seed=1), ENGAGED)
    leads = folder / "leads.csv"
    with leads.open("wb") as stream:
        write_csv(LEAD_CONVERSION, stream, rows=300, seed=2)
    _, first, second, *_ = leads.read_text().splitlines()
    with leads.open("a") as stream:
        stream.write(f"{first}\ntoo,short\n,{second.partition(',')[2]}\n")
    return SimpleNamespace(runtime=runtime, folder=folder, leads=leads)


def _scored(home, runtime, name):
    output = home.folder / f"{name}.parquet"
    named = {"source": home.leads, "output": output, "moment": ENGAGED, "reasons": 2}
    return score(LEAD_CONVERSION, runtime, **named), pq.read_table(output)


def test_every_row_comes_back_as_from_this_process(home, spark):
    record, here = _scored(home, home.runtime, "here")
    there_record, there = _scored(home, replace(home.runtime, scoring=SparkScoring(spark)), "there")
    assert there_record == replace(record, output=there_record.output)
    assert record.rows.to_dict() == {
        "in": 303, "accepted": 300, "quarantined": 2, "deduplicated": 1,
    }  # fmt: skip
    assert there.equals(here)
    assert pc.any(pc.is_valid(here["reasons_for"])).as_py()


def test_spark_says_of_held_rows_what_duckdb_says(spark, tmp_path):
    faults = [(2, "city", "B"), (2, None, "A"), (2, "country", "C"), (5, None, "A")]
    held = [
        dict.fromkeys(QUARANTINE_SCHEMA.names)
        | {LINE: line, "column": column, "rule": rule, "message": "m", "hint": "h", "raw": "r"}
        for line, column, rule in faults
    ]
    tables = {"quarantine": tmp_path / "quarantine.parquet"}
    pq.write_table(pa.Table.from_pylist(held, QUARANTINE_SCHEMA), tables["quarantine"])
    here = DuckdbEngine().rows(held_sql(), tables)
    there = spark.rows(render(held_sql(), spark.dialect), tables)
    assert there.to_pylist() == here.to_pylist()
    attention = here["attention"].to_pylist()
    assert [line.count("(h)") for line in attention] == [3, 1]
    assert attention[0].startswith("column 'city'")
    assert attention[0].endswith("A: m (h)"), "what is about no column comes last"


def test_without_spark_one_line_says_how_to_get_it(home, tmp_path):
    away = replace(home.runtime, scoring=SparkScoring(SparkEngine(tmp_path / "python")))
    with pytest.raises(DependencyUnavailable, match="make spark"):
        _scored(home, away, "away")
    assert not (home.folder / "away.parquet").exists()


def test_a_command_on_spark_cleans_trains_and_scores_there(tmp_path):
    settings = LaptopSettings(home=str(tmp_path), engine=EngineName.SPARK.value)
    with laptop(settings, Console(quiet=True)) as runtime:
        assert runtime.engine.dialect == "spark"
        assert runtime.boosting is not None
        assert runtime.scoring is not None
