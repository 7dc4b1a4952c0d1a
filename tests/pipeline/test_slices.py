"""Weekly slices: each row once, under the week in which it arrived."""

from dataclasses import replace
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.contract.datasets import Dataset
from ml.contract.errors import UsageError
from ml.contract.names import Kind, Role, Zone
from ml.contract.schema import Column, Schema
from ml.core.dataset_parts import fetch_parts
from ml.core.generator import Scenario
from ml.core.sample import write_csv
from ml.core.slicing import by_week
from ml.pipeline import Pipeline
from ml.steps.slice_weeks import slice_weeks
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.order_rating import ORDER_RATING
from tests.support.snapshots import frozen

_ARRIVED = Column(
    name="arrival_date", source="Arrival Date", kind=Kind.DATE, role=Role.TIME, required=False
)
DATED = replace(LEAD_CONVERSION, schema=Schema(columns=(*LEAD_CONVERSION.schema.columns, _ARRIVED)))


def rows_of(runtime, record):
    """Each slice as a table, read by the manifest."""
    data = Dataset.of_json(runtime.lake.fetch(record.manifest).read_bytes(), record.manifest)
    files = fetch_parts(data, runtime.lake)
    return {
        part.key.split("/week=")[1].split("/")[0]: pq.ParquetFile(file).read()
        for part, file in zip(data.parts, files, strict=True)
    }


def test_generated_leads_are_sliced_by_their_week_of_arrival(open_home, tmp_path):
    with (tmp_path / "leads.csv").open("wb") as stream:
        write_csv(DATED, stream, rows=2_000, seed=3, scenario=Scenario(arrival_weeks=6))
    with open_home() as runtime:
        pipeline = Pipeline(DATED, runtime, DATED.default_moment)
        record = pipeline.slice_file(tmp_path / "leads.csv")
        slices = rows_of(runtime, record)
        whole = pipeline.clean_table(tmp_path / "leads.csv")
    assert record.undated == 0
    assert {week: part.num_rows for week, part in slices.items()} == record.weeks
    assert len(record.weeks) in (6, 7)
    for week, part in slices.items():
        assert {day.strftime("%G-W%V") for day in part["arrival_date"].to_pylist()} == {week}
    together = pa.concat_tables(slices.values()).sort_by("prospect_id")
    assert together.equals(whole.sort_by("prospect_id"))


def orders(days):
    names = [f"o{n}" for n in range(len(days))]
    return pa.table(
        {
            "order_id": names,
            "ordered_on": pa.array(days, pa.date32()),
            "stars": pa.array([5] * len(days), pa.int64()),
        }
    )


def test_rows_without_a_date_are_counted_and_kept(open_home):
    days = [date(2026, 12, 31), None, date(2027, 1, 3), date(2027, 1, 4), None]
    with open_home() as runtime:
        frozen(runtime, ORDER_RATING, orders(days))
        record = Pipeline(ORDER_RATING, runtime, ORDER_RATING.default_moment).slice_snapshot(None)
        slices = rows_of(runtime, record)
    assert record.weeks == {"2026-W53": 2, "2027-W01": 1}
    assert record.undated == 2
    assert slices["undated"]["order_id"].to_pylist() == ["o1", "o4"]


def test_equal_rows_give_the_same_slices_once(open_home):
    table = orders([date(2026, 11, 21)])
    with open_home() as runtime:
        record = frozen(runtime, ORDER_RATING, table)
        pipeline = Pipeline(ORDER_RATING, runtime, ORDER_RATING.default_moment)
        first = pipeline.slice_snapshot(record.tag)
        keys = runtime.lake.keys(Zone.SLICES)
        assert pipeline.slice_snapshot(record.tag) == first
        assert runtime.lake.keys(Zone.SLICES) == keys


@pytest.mark.parametrize("days", [[], [None, None]], ids=["no rows", "no dates"])
def test_an_empty_slice_is_refused_and_nothing_is_written(open_home, tmp_path, days):
    pq.write_table(orders(days), tmp_path / "rows.parquet")
    with open_home() as runtime:
        with pytest.raises(UsageError, match=rf"none of the {len(days)} rows has a date") as caught:
            slice_weeks(
                ORDER_RATING, runtime, files=[tmp_path / "rows.parquet"], canonical_hash="c0ffee"
            )
        assert runtime.lake.keys(Zone.SLICES) == []
    assert caught.value.exit_code == 2


def test_a_use_case_without_dates_is_told_so(open_home, leads):
    with open_home() as runtime:
        pipeline = Pipeline(LEAD_CONVERSION, runtime, LEAD_CONVERSION.default_moment)
        with pytest.raises(UsageError, match="has no column of role TIME, so its rows have no"):
            pipeline.slice_file(leads)


def test_no_row_is_in_two_weeks():
    days = [date(2026, 1, 1), date(2026, 1, 4), date(2026, 1, 5), None]
    parts = by_week(orders(days), "ordered_on")
    assert {week: part["order_id"].to_pylist() for week, part in parts.items()} == {
        "2026-W01": ["o0", "o1"],
        "2026-W02": ["o2"],
        "undated": ["o3"],
    }
