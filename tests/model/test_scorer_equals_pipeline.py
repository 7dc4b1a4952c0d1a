"""On every row of the real file the compiled scorer says what the scikit-learn pipeline says."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.contract.moments import ARRIVAL, CONTACTED
from ml.contract.names import NOT_CHOSEN, Estimator, Kind, Purpose
from ml.core.scoring.models import Link
from ml.steps.clean import clean
from ml.steps.ingest import ingest
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.clean_leads import clean_leads, raw_leads
from tests.support.cleaning import runtime
from tests.support.hostile_leads import hostile_leads, write_leads
from tests.support.packaging import pack

EQUAL = 1e-9
CASES = [(estimator, moment) for moment in (ARRIVAL, CONTACTED) for estimator in Estimator]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def packed(request, real_leads_csv):
    estimator, moment = request.param
    return pack(LEAD_CONVERSION, moment, clean_leads(real_leads_csv), estimator)


def test_together(packed):
    gaps = np.abs(packed.scorer.predict(packed.table) - packed.said(packed.table))
    assert len(gaps) > 9_000
    assert gaps.max() <= EQUAL


def test_in_small_batches(packed):
    """As the pages and jobs score: a few rows at a time, and a last batch that is not full."""
    batches = packed.table.combine_chunks().to_batches(max_chunksize=61)
    judged = [packed.scorer.judge(batch).predictions for batch in batches]
    assert np.abs(np.concatenate(judged) - packed.said(packed.table)).max() <= EQUAL


def test_one_by_one(packed):
    single = [packed.scorer.predict_clean(record) for record in packed.table.to_pylist()]
    assert np.abs(np.array(single) - packed.said(packed.table)).max() <= EQUAL


def test_from_raw_cells(packed, real_leads_csv):
    """Through the cleaning of single records, as a server receives them."""
    said = packed.said(packed.table)
    for at, cells in enumerate(raw_leads(real_leads_csv)[:500]):
        scored = packed.scorer.score_record(cells)
        assert scored.prediction == pytest.approx(said[at], abs=EQUAL)


def test_hostile_clean_rows(packed):
    hostile = hostile_rows(packed.table)
    said = packed.said(hostile)
    single = [packed.scorer.predict_clean(record) for record in hostile.to_pylist()]
    assert np.abs(packed.scorer.predict(hostile) - said).max() <= EQUAL
    assert np.abs(np.array(single) - said).max() <= EQUAL
    assert np.isfinite(said).all()


def test_hostile_cells(packed, hostile):
    """Not a number, infinite, huge, negative zero, empty, unknown, in any script, in any column."""
    cells, clean = hostile
    said = packed.said(clean)
    single = [packed.scorer.score_record(row).prediction for row in cells]
    assert np.abs(packed.scorer.predict(clean) - said).max() <= EQUAL
    assert np.abs(np.array(single) - said).max() <= EQUAL


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Raw cells of every hostile lead that a file may hold, and what DuckDB's cleaning makes."""
    folder = tmp_path_factory.mktemp("hostile")
    rows = hostile_leads()
    write_leads(folder / "leads.csv", rows)
    here = runtime(folder)
    words = {"source": folder / "leads.csv", "purpose": Purpose.SCORE, "moment": CONTACTED}
    record = clean(LEAD_CONVERSION, here, ingest=ingest(LEAD_CONVERSION, here, **words))
    table = pq.read_table(here.lake.fetch(record.clean))
    raw = {row["Prospect ID"]: row for row in rows}
    accepted = [raw[name] for name in table["prospect_id"].to_pylist()]
    assert len(rows) > len(accepted) > 1_000
    return accepted, table


def test_ids_outcome_and_order_of_rows_never_matter(packed):
    table = packed.table.slice(0, 800)
    turned = table.take(pa.array(np.arange(800)[::-1]))
    for name in ("prospect_id", "lead_number", "converted"):
        turned = turned.drop_columns([name])
    np.testing.assert_array_equal(packed.scorer.predict(turned)[::-1], packed.scorer.predict(table))


def test_contributions_add_up_to_the_prediction(packed):
    rows = packed.table.slice(0, 60)
    by_column, base = packed.scorer.contributions(rows)
    total = sum(by_column.values()) + base
    said = packed.said(rows)
    exact = np.log(said / (1 - said)) if packed.scorer.manifest.link is Link.LOG_ODDS else said
    loose = 2e-4 if packed.scorer.manifest.engine == "xgboost_json" else 1e-9  # 32-bit sums
    assert np.abs(total - exact).max() <= loose
    later = {c.name for c in LEAD_CONVERSION.schema.columns if c.known_from > packed.moment}
    assert not later & set(by_column)


def hostile_rows(table):
    """Real rows with levels nobody knows, holes everywhere, and numbers at the far ends."""
    base = table.slice(0, 40).to_pylist()
    columns = LEAD_CONVERSION.schema.features(CONTACTED)
    rows = list(base)
    for value in ("Atlantis", "", NOT_CHOSEN, "Other", "lead_origin", "\x00", "ß" * 300, "1"):
        rows += [row | _levels(columns, value) for row in base[:5]]
    for number in (0.0, -0.0, -1.0, 1e-12, 5e-324, 0.1 + 0.2, 9e15, -9e15, 16_777_217.0, 2.5000001):
        rows += [row | _numbers(columns, number) for row in base[:5]]
    rows += [dict.fromkeys(base[0]) for _ in range(2)]
    rows += [{**row, column.name: None} for row in base[:2] for column in columns]
    return pa.Table.from_pylist(rows, schema=_float_schema(table.schema))


def _levels(columns, value):
    kinds = {Kind.CATEGORY, Kind.ORDINAL}
    names = [c.name for c in columns if c.kind in kinds]
    return dict.fromkeys([*names, *(c.group.name for c in columns if c.group)], value)


def _numbers(columns, number):
    return {c.name: number for c in columns if c.kind in {Kind.NUMBER, Kind.INTEGER}}


def _float_schema(schema):
    """Integers as floats, so that fractions fit: models must not care."""
    return pa.schema(
        [f.with_type(pa.float64()) if pa.types.is_integer(f.type) else f for f in schema]
    )
