"""Figures of the data checks, over every engine that there is: the same, to the last digit."""

import math
from dataclasses import replace
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.adapters.duckdb_engine import DuckdbEngine
from ml.contract.names import LINE, Check, Purpose
from ml.core.checks import Source, judge, measure, types_of, with_examples
from ml.core.columns import table_of
from ml.core.quarantine import QUARANTINE_SCHEMA
from ml.core.sample import write_csv
from ml.steps.clean import clean
from ml.steps.ingest import ingest
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.cleaning import runtime
from tests.support.order_rating import ORDER_RATING

TODAY = date(2025, 4, 1)


def _source(engine, files, rows, quarantined=0):
    schema = pq.read_schema(files["clean"])
    return Source(
        run=lambda sql: engine.rows(sql, files).to_pylist(),
        dialect=engine.dialect,
        types=types_of(dict(zip(schema.names, map(str, schema.types), strict=True))),
        received=rows + quarantined,
        quarantined=quarantined,
        text="text" in files,
    )


def _both(spark, use_case, files, rows, *, reference=None, quarantined=0):
    """What the laptop's engine and Spark find: figures, and findings with their rows."""
    found = []
    for engine in (DuckdbEngine(threads=2), spark):
        source = _source(engine, files, rows, quarantined)
        figures = measure(use_case, source, reference)
        findings = judge(use_case, figures, reference, today=TODAY)
        found.append((figures, with_examples(use_case, findings, source, reference)))
    return found


@pytest.fixture(scope="module")
def leads(tmp_path_factory):
    """Files of cleaned leads, some of which break rules or are spelled as nobody listed."""
    folder = tmp_path_factory.mktemp("leads")
    with (folder / "leads.csv").open("wb") as stream:
        write_csv(LEAD_CONVERSION, stream, rows=1_500, seed=5)
    lines = (folder / "leads.csv").read_text().splitlines()
    odd = [line.replace("Google", "Gogle") for line in lines[1:200]]
    bad = [line.replace("No", "perhaps", 1) for line in lines[200:230]]
    (folder / "odd.csv").write_text("\n".join([lines[0], *odd, *bad, *lines[230:], ""]))
    here = runtime(folder)
    admitted = ingest(
        LEAD_CONVERSION,
        here,
        source=folder / "odd.csv",
        purpose=Purpose.TRAIN,
        moment=LEAD_CONVERSION.default_moment,
    )
    record = clean(LEAD_CONVERSION, here, ingest=admitted)
    keys = {"clean": record.clean, "quarantine": record.quarantine, "text": admitted.text}
    return {name: here.lake.fetch(key) for name, key in keys.items()}, record.rows


@pytest.fixture(scope="module")
def at_first(spark, leads):
    """What both engines find without earlier figures."""
    files, rows = leads
    return _both(spark, LEAD_CONVERSION, files, rows.accepted, quarantined=rows.quarantined)


def test_leads_give_the_same_figures_and_findings(at_first, leads):
    laptop, distributed = at_first
    assert laptop == distributed
    (figures, findings), rows = laptop, leads[1]
    assert figures.rows == rows.accepted > 1_400
    assert figures.columns["total_visits"].number.median > 0
    assert sum(figures.held.values()) == rows.quarantined == 30
    (found,) = [one for one in findings if one.check == Check.NEW_LEVELS]
    assert found.columns == ("lead_source",)
    assert found.values[0].startswith("'Gogle'")
    assert len(found.lines) == len(found.ids) == 5


def test_figures_of_before_are_held_to_alike(spark, at_first, leads):
    files, rows = leads
    (reference, _), name = at_first[0], "asymmetrique_activity_score"
    score = reference.columns[name]
    narrow = replace(score.number, low=14, quarter=14, high=14, three_quarters=14)
    before = replace(reference, columns=reference.columns | {name: replace(score, number=narrow)})
    laptop, distributed = _both(
        spark, LEAD_CONVERSION, files, rows.accepted, reference=before, quarantined=rows.quarantined
    )
    assert laptop == distributed
    (found,) = [one for one in laptop[1] if one.check == Check.OUTLIERS]
    assert found.columns == (name,)
    assert found.lines


def _orders(tmp_path, rows):
    """Orders without any doubtful value, in a file as cleaning writes it."""
    table = table_of(rows, ORDER_RATING.schema.columns)
    lines = pa.array(range(2, 2 + len(rows)), pa.int64())
    pq.write_table(table.add_column(0, LINE, lines), tmp_path / "clean.parquet")
    pq.write_table(QUARANTINE_SCHEMA.empty_table(), tmp_path / "quarantine.parquet")
    return {name: tmp_path / f"{name}.parquet" for name in ("clean", "quarantine")}


def _order(number, day):
    return {
        "order_id": f"o{number}",
        "ordered_on": day,
        "state": f"state {number % 7}",
        "price": number * 1.1,
        "late_days": number % 9 - 3,
        "gift": number % 3 == 0,
        "stars": 1 + number % 5,
    }


def test_dates_and_open_levels_give_the_same_figures(spark, tmp_path):
    rows = [_order(n, date(2025, 1, 1) + timedelta(days=n // 40)) for n in range(2_000)]
    files = _orders(tmp_path, rows)
    laptop, distributed = _both(spark, ORDER_RATING, files, len(rows))
    assert laptop == distributed
    figures, _ = laptop
    assert figures.newest == "2025-02-19"
    assert figures.weeks["2025-01-06"] == 280
    assert figures.columns["state"].levels["state 0"] == 286
    assert figures.columns["price"].number.median == pytest.approx(999 * 1.1)


_NOTHING = dict.fromkeys(("ordered_on", "state", "price", "late_days", "gift"))


def _priced(*prices):
    return [_order(n, date(2025, 3, 1)) | {"price": price} for n, price in enumerate(prices)]


@pytest.mark.parametrize(
    ("rows", "outside"),
    [
        ([], 0),
        ([_order(1, date(2025, 3, 1))], 0),
        ([{"order_id": "a", "stars": 3} | _NOTHING, {"order_id": "b", "stars": 4} | _NOTHING], 0),
        (_priced(math.nan, math.inf, -math.inf, 1e308, None, 5.0), 4),
        (_priced(5.0, math.nan, 7.0), 1),
    ],
    ids=["no row", "one row", "nothing but ids", "numbers that are none", "one NaN"],
)
def test_tables_with_little_in_them_are_counted_alike(spark, tmp_path, rows, outside):
    laptop, distributed = _both(spark, ORDER_RATING, _orders(tmp_path, rows), len(rows))
    assert laptop == distributed
    assert laptop[0].rows == len(rows)
    assert laptop[0].columns["price"].outside == outside


def test_figures_are_finite_where_a_files_extremes_leave_out_what_is_no_number(tmp_path):
    files = _orders(tmp_path, _priced(5.0, 5.0, math.nan))
    figures = measure(ORDER_RATING, _source(DuckdbEngine(threads=1), files, 3))
    number = figures.columns["price"].number
    assert number is None or number.high == 5.0
