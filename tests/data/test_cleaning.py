"""Cleaning of the real file: SQL against the record path, cell by cell."""

import csv
from collections import Counter

import pyarrow.parquet as pq
import pytest

from ml.contract.moments import CONTACTED
from ml.contract.names import LINE, Purpose
from ml.core.canonical import canonical_hash
from ml.core.cleaning.record import clean_record
from ml.steps.clean import clean
from ml.steps.ingest import ingest
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.cleaning import runtime

SCHEMA = LEAD_CONVERSION.schema


@pytest.fixture(scope="module")
def result(real_leads_csv, tmp_path_factory):
    here = runtime(tmp_path_factory.mktemp("real"))
    admitted = ingest(
        LEAD_CONVERSION, here, source=real_leads_csv, purpose=Purpose.TRAIN, moment=CONTACTED
    )
    record = clean(LEAD_CONVERSION, here, ingest=admitted)
    return record, pq.read_table(here.lake.fetch(record.clean))


def test_every_row_is_accepted(result):
    record, table = result
    assert record.rows.to_dict() == {
        "in": 9240, "accepted": 9240, "quarantined": 0, "deduplicated": 0,
    }  # fmt: skip
    assert table[LINE].to_pylist() == list(range(2, 9242))
    assert record.warnings == {"UNSEEN_LEVEL lead_source": 1}


def test_sql_and_record_path_agree_on_every_cell(result, real_leads_csv):
    _, table = result
    with real_leads_csv.open(encoding="utf-8", newline="") as stream:
        for row, raw in zip(table.to_pylist(), csv.DictReader(stream), strict=True):
            cells = {column.name: raw[column.source] for column in SCHEMA.columns}
            cleaned = clean_record(LEAD_CONVERSION, cells, columns=SCHEMA.columns)
            row.pop(LINE)
            assert cleaned.values == row
            assert cleaned.faults == ()


def test_select_and_missing_stay_apart_where_they_differ(result):
    """QUALITY: a lead that saw the question and chose nothing converts far more often."""
    _, table = result
    won = table["converted"].to_pylist()
    for column in ("specialization", "how_did_you_hear", "lead_profile", "city"):
        levels = table[column].to_pylist()
        rows, wins = Counter(levels), Counter(x for x, y in zip(levels, won, strict=True) if y)
        select, missing = (wins[level] / rows[level] for level in ("Select", None))
        assert 0.40 < select < 0.50, column
        assert missing < 0.20, column


def test_the_hash_does_not_depend_on_the_order_of_the_file(result):
    record, table = result
    turned = table.select(table.column_names[::-1]).take(list(range(table.num_rows))[::-1])
    assert canonical_hash(turned, id_column=SCHEMA.id.name) == record.canonical_hash
    assert canonical_hash(turned[1:], id_column=SCHEMA.id.name) != record.canonical_hash
