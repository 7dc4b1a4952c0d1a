"""Watching bad windows: a named state or a named error, never a silent "no drift"."""

import math
from dataclasses import replace

import pyarrow as pa
import pytest

from ml.contract.errors import LeadwiseError, UntrustedPackage
from ml.contract.moments import ARRIVAL, ENGAGED
from ml.contract.names import OTHER, DriftState
from ml.contract.records import CleanRecord, RowCount, SplitRecord
from ml.ports import Deployment
from ml.steps.watch import watch
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.cut_line import Line, lay
from tests.support.watching import Told, generated, home_of, publish, reference_of, watched


@pytest.fixture(scope="module")
def told():
    return Told()


@pytest.fixture(scope="module")
def runtime(tmp_path_factory, told):
    return home_of(tmp_path_factory.mktemp("home"), told)


@pytest.fixture(scope="module")
def reference(runtime):
    return reference_of(runtime, generated(rows=1_500, seed=1), test_rows=500)


@pytest.fixture(scope="module")
def leads():
    return generated(rows=400, seed=2)


def with_column(table, name, values):
    return table.set_column(table.column_names.index(name), name, values)


@pytest.mark.parametrize("rows", [0, 1, LEAD_CONVERSION.drift.minimum_rows - 1])
def test_f29_a_short_window_is_insufficient_data(runtime, reference, leads, told, rows):
    before = len(told.alerts)
    found = watched(runtime, leads.slice(0, rows), reference, ENGAGED, name=f"short-{rows}")
    assert found.state == DriftState.INSUFFICIENT_DATA
    assert (found.drifted_share, found.prediction_psi, found.columns) == (None, None, ())
    assert (found.retrain, found.report) == (None, None)
    assert f"{rows} current and 1000 reference rows are too few" in found.notes[0]
    assert found.rows.accepted == rows
    assert len(told.alerts) == before
    assert found.run_id


@pytest.mark.parametrize("given", [None, SplitRecord(train="a", validation="b", test="c", rows={})])
def test_f29_without_reference_rows_nothing_is_judged(runtime, leads, given):
    found = watched(runtime, leads, given, ENGAGED, name=f"no-reference-{given is None}")
    assert found.state == DriftState.INSUFFICIENT_DATA
    assert "no reference rows" in found.notes[0]


COLUMNS = {
    "constant": ("total_visits", pa.array([3] * 400, pa.int64())),
    "all null": ("total_visits", pa.nulls(400, pa.int64())),
    "all null words": ("lead_source", pa.nulls(400, pa.string())),
    "new level": ("lead_source", pa.array(["Carrier pigeon"] * 400)),
    "other": ("lead_source", pa.array([OTHER] * 400)),
    "outside the range": ("total_time_on_website", pa.array([9_999_999] * 400, pa.int64())),
}


@pytest.mark.parametrize("case", COLUMNS)
def test_f29_broken_columns_give_finite_figures_and_are_named(runtime, reference, leads, case):
    name, values = COLUMNS[case]
    table = with_column(leads, name, values)
    found = watched(runtime, table, reference, ARRIVAL, name=f"broken-{case.replace(' ', '-')}")
    figures = [(c.psi, c.statistic, c.p_value, c.missing_change) for c in found.columns]
    assert all(math.isfinite(figure) for row in figures for figure in row)
    assert [column.column for column in found.columns if column.drifted] == [name]
    assert any(name in note for note in found.notes)


def test_f29_a_window_without_any_value_is_drift(runtime, reference, leads, told):
    empty = pa.table({field.name: pa.nulls(400, field.type) for field in leads.schema})
    found = watched(runtime, empty, reference, ENGAGED, name="all-null")
    assert found.state == DriftState.DRIFTED
    assert found.retrain.reasons[0] in told.alerts[-1].says


def test_a_clean_file_that_lost_rows_is_refused(runtime, reference, leads):
    key = publish(runtime, "clean/lost.parquet", leads.slice(0, 390))
    rows = RowCount(received=400, accepted=400)
    record = CleanRecord(
        source_sha256="", clean=key, quarantine="", canonical_hash="lost", rows=rows
    )
    with pytest.raises(LeadwiseError, match="holds 390 rows but its record counts 400"):
        watch(LEAD_CONVERSION, runtime, current=record, moment=ENGAGED, reference=reference)


def test_a_clean_file_that_is_gone_is_refused(runtime, reference):
    rows = RowCount(received=400, accepted=400)
    record = CleanRecord(
        source_sha256="", clean="clean/gone.parquet", quarantine="", canonical_hash="", rows=rows
    )
    with pytest.raises(LeadwiseError, match=r"clean/gone\.parquet holds no rows"):
        watch(LEAD_CONVERSION, runtime, current=record, moment=ENGAGED, reference=reference)


def test_people_hear_of_drift_though_the_tracker_is_away(runtime, reference, leads, monkeypatch):
    """F3: the figures wait, the alarm does not, and the record says that it is degraded."""
    line = lay(Line(cut=True), monkeypatch)
    told = Told()
    dark = replace(runtime, alerts=told)
    drifted = with_column(leads, "lead_origin", pa.array(["API"] * 400))
    for name in ("lead_source", "city", "specialization", "country", "occupation", "search"):
        drifted = with_column(drifted, name, pa.nulls(400, drifted[name].type))
    record = watched(dark, drifted, reference, ENGAGED, name="dark")
    assert record.state == DriftState.DRIFTED
    assert record.degraded.startswith("the tracker is away; runs that wait on this home: 1")
    assert [alert.rule for alert in told.alerts] == ["drift", "figures-wait"]
    line.mend()
    runtime.tracker.settle()
    with runtime.tracker.connection.client() as client:
        experiment = client.get_experiment_by_name(f"{LEAD_CONVERSION.model_name(ENGAGED)}-drift")
        runs = client.search_runs(
            [experiment.experiment_id], f"tags.leadwise_run = '{record.run_id}'"
        )
        assert runs[0].data.metrics["drifted_share"] == record.drifted_share


def test_a_package_that_is_not_what_it_says_judges_nothing(runtime, reference, leads):
    model = LEAD_CONVERSION.model_name(ENGAGED)
    forged = Deployment(model=model, version="1", files={"manifest.json": b"{}"})

    class Forged:
        def current(self, model):
            return forged

    with pytest.raises(UntrustedPackage):
        watched(replace(runtime, endpoint=Forged()), leads, reference, ENGAGED, name="forged")
