"""The cleaning step: what it leaves depends on the rows alone."""

import tempfile
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.adapters.duckdb_engine import DuckdbEngine
from ml.contract.moments import ARRIVAL, ENGAGED
from ml.contract.names import LINE, Purpose
from ml.core.cleaning.sql import BROKEN, CLEAN, REPEATS, TEXT, CleaningSql
from ml.core.quarantine import QUARANTINE_SCHEMA
from ml.steps.clean import clean
from ml.steps.ingest import ingest
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.cleaning import cleaned, runtime, write_csv
from tests.support.narrow import NARROW
from tests.support.order_rating import ORDER_RATING

# Few values, so that ids repeat with equal, unequal and broken rows.
orders = st.lists(
    st.fixed_dictionaries(
        {
            "order_id": st.sampled_from(["a", "b", "c", "D", " a", "", "ß", "0", "00"]),
            "ordered_on": st.sampled_from(["2025-01-31", "2025-02-30", ""]),
            "price": st.sampled_from(["5", "5.0", "-1", "five", ""]),
            "late_days": st.sampled_from(["1", "1.5"]),
            "gift": st.sampled_from(["yes", "Y", "perhaps"]),
        }
    ),
    min_size=1,
    max_size=12,
)


def clean_orders(rows):
    with tempfile.TemporaryDirectory() as folder:
        return cleaned(
            rows, Path(folder), use_case=ORDER_RATING, purpose=Purpose.SCORE, moment=ENGAGED
        )


def accepted(outcome):
    rows = outcome.clean.drop_columns([LINE]).to_pylist()
    return Counter(tuple(row.values()) for row in rows)


@settings(max_examples=8)
@given(orders, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing_but_lines(rows, random):
    found, turned = clean_orders(rows), clean_orders(random.sample(rows, len(rows)))
    assert accepted(found) == accepted(turned)
    assert found.record.rows == turned.record.rows
    assert found.record.warnings == turned.record.warnings
    assert found.record.canonical_hash == turned.record.canonical_hash


@settings(max_examples=8)
@given(orders)
def test_a_file_in_parts_gives_the_same_rows(rows):
    """Rows under one id stay together, as only they are compared with each other."""
    whole = clean_orders(rows)
    first = [row for row in rows if row["order_id"] < "b"]
    parts = [part for part in (first, [row for row in rows if row not in first]) if part]
    outcomes = [clean_orders(part) for part in parts]
    assert sum((accepted(part) for part in outcomes), Counter()) == accepted(whole)
    for count in ("received", "accepted", "quarantined", "deduplicated"):
        total = sum(getattr(part.record.rows, count) for part in outcomes)
        assert total == getattr(whole.record.rows, count)


@settings(max_examples=8)
@given(orders)
def test_every_row_is_somewhere(rows):
    found = clean_orders(rows)
    kept, held = set(found.clean[LINE].to_pylist()), set(found.quarantine[LINE].to_pylist())
    assert not kept & held
    assert len(held) == found.record.rows.quarantined
    assert len(kept) + len(held) + found.record.rows.deduplicated == len(rows)
    assert found.clean[LINE].to_pylist() == sorted(kept)


def test_clean_rows_ascend_by_line_however_the_text_lies(tmp_path):
    """Engines promise no order of their own, least of all behind a join."""
    lines = list(range(1_000, 1, -1))
    text = {LINE: lines} | {c.name: [str(n) for n in lines] for c in NARROW.schema.columns}
    sql = CleaningSql(schema=NARROW.schema, judged=(NARROW.schema.id,))
    files = {name: tmp_path / f"{name}.parquet" for name in (TEXT, BROKEN, REPEATS, CLEAN)}
    pq.write_table(pa.table(text), files[TEXT])
    engine = DuckdbEngine(threads=1)
    for name, statement in ((BROKEN, sql.broken), (REPEATS, sql.repeats), (CLEAN, sql.clean)):
        engine.export(statement, _written(files), files[name])
    assert pq.read_table(files[CLEAN])[LINE].to_pylist() == lines[::-1]


def _written(files):
    return {name: file for name, file in files.items() if file.exists()}


def test_a_second_run_gives_the_same_record_and_files(tmp_path):
    rows = [{"prospect_id": "a", "total_visits": "5"}, {"prospect_id": "b", "total_visits": "-5"}]
    here = runtime(tmp_path)
    source = write_csv(rows, tmp_path / "leads.csv", LEAD_CONVERSION.schema.columns)
    admitted = ingest(LEAD_CONVERSION, here, source=source, purpose=Purpose.SCORE, moment=ARRIVAL)
    first = clean(LEAD_CONVERSION, here, ingest=admitted)
    before = here.lake.fetch(first.clean).read_bytes()
    assert clean(LEAD_CONVERSION, here, ingest=admitted) == first
    assert here.lake.fetch(first.clean).read_bytes() == before


def test_what_intake_held_back_stays_in_quarantine(tmp_path):
    source = write_csv(
        [{"prospect_id": str(i), "total_visits": "-1" if i == 7 else "1"} for i in range(20)],
        tmp_path / "leads.csv",
        LEAD_CONVERSION.schema.columns,
    )
    lines = source.read_text().splitlines(keepends=True)
    lines[3] = lines[3].replace('"', "", 1).replace('"', ',"', 1)
    source.write_text("".join(lines[:3]) + "one,field,too,few\r\n" + "".join(lines[4:]))
    here = runtime(tmp_path)
    admitted = ingest(LEAD_CONVERSION, here, source=source, purpose=Purpose.SCORE, moment=ARRIVAL)
    record = clean(LEAD_CONVERSION, here, ingest=admitted)
    table = pq.read_table(here.lake.fetch(record.quarantine))
    assert table.schema.names == QUARANTINE_SCHEMA.names
    assert table["rule"].to_pylist() == ["FIELD_COUNT", "NEGATIVE"]
    assert record.rows.to_dict() == {"in": 20, "accepted": 18, "quarantined": 2, "deduplicated": 0}


def test_later_columns_come_out_empty_when_scoring(tmp_path):
    row = {"prospect_id": "a", "tags": "Ringing", "converted": "1", "city": "Mumbai"}
    found = cleaned([row], tmp_path, moment=ARRIVAL)
    assert found.row("a")["city_group"] == "Metro India"
    assert (
        found.row("a")["tags"]
        is found.row("a")["tags_group"]
        is found.row("a")["converted"]
        is None
    )
