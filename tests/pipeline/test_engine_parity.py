"""DuckDB, Spark and the one-record path make the same of every row: hostile, synthetic and real."""

from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.adapters.duckdb_engine import DuckdbEngine
from ml.contract.faults import Rule
from ml.contract.moments import CONTACTED
from ml.contract.names import LINE, Purpose
from ml.core.canonical import canonical_hash
from ml.core.cleaning.record import record_cleaner
from ml.core.cleaning.sql import judged_columns
from ml.core.sample import write_csv
from ml.steps.clean import clean
from ml.steps.ingest import ingest
from ml.use_cases.lead_conversion import LEAD_CONVERSION as LEADS
from tests.support.cleaning import runtime
from tests.support.hostile import CELLS
from tests.support.hostile_leads import hostile_leads, sound_lead, write_leads

JUDGED = judged_columns(LEADS.schema, Purpose.TRAIN, CONTACTED)
SYNTHETIC_ROWS = 3_000


@pytest.fixture(scope="module")
def engines(spark):
    return {"duckdb": DuckdbEngine(), "spark": spark}


def _hostile_leads(file):
    """One row for each hostile cell in each column, then repeats and ids that mean two leads."""
    rows, id_column = hostile_leads(), LEADS.schema.id.source
    ids = [cell for cell in CELLS if "\x00" not in cell]
    named = [
        sound_lead() | {id_column: name, "TotalVisits": str(number % 7)}
        for number, name in enumerate(ids)
    ]
    twice = [rows[number] for number in (3, 3, 5)]
    unlike = sound_lead() | {id_column: "lead 7", "TotalVisits": "99"}
    write_leads(file, [*rows, *named, *twice, unlike])


def _synthetic_leads(file):
    with file.open("wb") as stream:
        write_csv(LEADS, stream, rows=SYNTHETIC_ROWS, seed=4)


@pytest.fixture(scope="module", params=["hostile", "synthetic", "real"])
def source(request, tmp_path_factory):
    if request.param == "real":
        return request.getfixturevalue("real_leads_csv")
    file = tmp_path_factory.mktemp("source") / f"{request.param}.csv"
    {"hostile": _hostile_leads, "synthetic": _synthetic_leads}[request.param](file)
    return file


@pytest.fixture(scope="module")
def made(source, engines, tmp_path_factory):
    """What each engine makes of the file, in a home of its own."""
    found = {}
    for name, engine in engines.items():
        here = runtime(tmp_path_factory.mktemp(name), engine)
        admitted = ingest(LEADS, here, source=source, purpose=Purpose.TRAIN, moment=CONTACTED)
        record = clean(LEADS, here, ingest=admitted)
        found[name] = SimpleNamespace(
            record=record,
            text=pq.read_table(here.lake.fetch(admitted.text)),
            clean=pq.read_table(here.lake.fetch(record.clean)),
            quarantine=pq.read_table(here.lake.fetch(record.quarantine)),
        )
    return found


def test_engines_give_the_same_fingerprint_accounting_and_warnings(made):
    duckdb, spark = made["duckdb"].record, made["spark"].record
    assert spark.canonical_hash == duckdb.canonical_hash
    assert spark.rows == duckdb.rows
    assert spark.warnings == duckdb.warnings


def test_engines_give_the_same_rows_in_the_same_order(made):
    assert made["spark"].clean.schema.names == made["duckdb"].clean.schema.names
    assert made["spark"].clean.to_pylist() == made["duckdb"].clean.to_pylist()


def test_engines_give_the_same_quarantine(made):
    assert made["spark"].quarantine.to_pylist() == made["duckdb"].quarantine.to_pylist()


def test_one_record_at_a_time_gives_the_same_rows(made):
    """Each accepted row by itself, and the fingerprint of them all."""
    accepted = made["duckdb"].clean
    lines = set(accepted[LINE].to_pylist())
    read = record_cleaner(LEADS, JUDGED)
    sound = [read(row) for row in made["duckdb"].text.to_pylist() if row[LINE] in lines]
    assert not [row.faults for row in sound if row.faults]
    table = pa.Table.from_pylist([row.values for row in sound], accepted.schema.remove(0))
    assert table.to_pylist() == accepted.drop_columns(LINE).to_pylist()
    found = canonical_hash(table, id_column=LEADS.schema.id.name)
    assert found == made["duckdb"].record.canonical_hash


def test_one_record_at_a_time_is_held_back_for_the_same_reasons(made):
    held = made["duckdb"].quarantine.to_pylist()
    rules = {(row[LINE], row["column"], row["rule"]) for row in held}
    read = record_cleaner(LEADS, JUDGED)
    alone = {
        (row[LINE], fault.column, fault.rule.value)
        for row in made["duckdb"].text.to_pylist()
        for fault in read(row).faults
    }
    of_one_row = {found for found in rules if found[2] != Rule.DUPLICATE_ID}
    assert alone <= of_one_row
    admitted = set(made["duckdb"].text[LINE].to_pylist())
    assert {found for found in of_one_row if found[0] in admitted} == alone


def test_the_hostile_file_is_hostile(tmp_path):
    """It meets every rule that a cell can break."""
    _hostile_leads(tmp_path / "hostile.csv")
    here = runtime(tmp_path / "home")
    admitted = ingest(
        LEADS, here, source=tmp_path / "hostile.csv", purpose=Purpose.TRAIN, moment=CONTACTED
    )
    record = clean(LEADS, here, ingest=admitted)
    held = pq.read_table(here.lake.fetch(record.quarantine)).to_pylist()
    assert min(record.rows.to_dict().values()) > 0
    assert {row["rule"] for row in held} >= {
        Rule.NOT_FINITE, Rule.NUMBER_FORMAT, Rule.NEGATIVE, Rule.OUT_OF_RANGE, Rule.NOT_INTEGER,
        Rule.NOT_YES_NO, Rule.ID_MISSING, Rule.DUPLICATE_ID,
    }  # fmt: skip
