"""Watching bad windows: a named state or a named error, never a silent "no drift"."""

import math
from dataclasses import replace

import pyarrow as pa
import pytest

from ml.contract.errors import AccessDenied, InputRefused, LeadwiseError, UntrustedPackage
from ml.contract.moments import ARRIVAL, ENGAGED
from ml.contract.names import OTHER, DriftState
from ml.contract.records import CleanRecord, RowCount, SplitRecord
from ml.ports import Deployment
from ml.steps.watch import watch
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.cut_line import Line, lay
from tests.support.watching import (
    Told,
    deploy_model,
    generated,
    home_of,
    publish,
    reference_of,
    watched,
)


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


class Denying:
    """A lake that may be looked at, but not read or written."""

    def __init__(self, lake, denied):
        self._lake, self.denied, self.asked = lake, denied, 0

    def __getattr__(self, name):
        if name != self.denied:
            return getattr(self._lake, name)
        return self._refuse

    def _refuse(self, key, *_):
        self.asked += 1
        raise AccessDenied(f"AUTH: s3://clean/{key} may not be used; allow it to the role")


def test_f37_a_lake_that_denies_reading_is_asked_once_and_named(runtime, reference, leads, told):
    key = publish(runtime, "clean/denied.parquet", leads)
    rows = RowCount(received=400, accepted=400)
    record = CleanRecord(
        source_sha256="", clean=key, quarantine="", canonical_hash="denied", rows=rows
    )
    lake, before = Denying(runtime.lake, "fetch"), len(told.alerts)
    with pytest.raises(AccessDenied, match="AUTH: s3://clean/clean/denied.parquet"):
        watch(
            LEAD_CONVERSION, replace(runtime, lake=lake), current=record, moment=ENGAGED,
            reference=reference,
        )  # fmt: skip
    assert lake.asked == 1
    assert len(told.alerts) == before


def test_f37_people_hear_of_drift_though_the_lake_denies_writing(runtime, reference, leads):
    told = Told()
    record_of = CleanRecord(
        source_sha256="", clean=publish(runtime, "clean/denies.parquet", blank(leads)),
        quarantine="", canonical_hash="denies", rows=RowCount(received=400, accepted=400),
    )  # fmt: skip
    away = replace(runtime, lake=Denying(runtime.lake, "publish"), alerts=told)
    with pytest.raises(AccessDenied, match="AUTH: s3://clean/drift/"):
        watch(
            LEAD_CONVERSION, away, current=record_of, moment=ENGAGED, reference=reference,
            report=False,
        )  # fmt: skip
    assert [alert.rule for alert in told.alerts] == ["drift"]


def blank(table):
    return pa.table({field.name: pa.nulls(table.num_rows, field.type) for field in table.schema})


def outcomes_file(folder, *lines):
    file = folder / "outcomes.csv"
    file.write_text("\n".join(["Prospect ID,Converted,Outcome Date", *lines]) + "\n")
    return file


def with_model(runtime, reference):
    if runtime.endpoint.current(LEAD_CONVERSION.model_name(ARRIVAL)) is None:
        deploy_model(runtime, generated(rows=1_500, seed=1).slice(0, 1_000), ARRIVAL)
    return reference


def signals_of(record):
    return {signal.key: signal for signal in record.signals}


def test_outcomes_that_contradict_or_are_of_nobody_are_counted_and_not_taken(
    runtime, reference, leads, tmp_path
):
    ids = leads["prospect_id"].to_pylist()
    both = [f"{lead},{way},2026-01-01" for lead in ids[:50] for way in (0, 1)]
    odd = [f"{ids[60]},perhaps,", f"{ids[61]},1,2999-01-01"]
    file = outcomes_file(tmp_path, *both, *odd, *(f"nobody {n},1,2026-01-01" for n in range(7)))
    reference = with_model(runtime, reference)
    record = watched(runtime, leads, reference, ARRIVAL, name="odd", report=False, outcomes=file)
    found = signals_of(record)
    assert found["business/contradicting_outcomes"].value == 50
    assert found["business/contradicting_outcomes"].severity == "medium"
    assert found["business/unknown_leads"].value == 7
    assert found["business/unreadable_outcomes"].value == 1
    assert found["business/future_outcomes"].value == 1
    assert found["performance/outcomes"].value == 0
    assert found["performance/roc_auc"].state == "LABELS_PENDING"


def test_outcomes_of_which_none_is_ours_are_told_to_people(runtime, reference, leads, tmp_path):
    told = Told()
    file = outcomes_file(tmp_path, *(f"other {n},1," for n in range(300)))
    record = watched(
        replace(runtime, alerts=told), leads, with_model(runtime, reference), ARRIVAL,
        name="strange", report=False, outcomes=file,
    )  # fmt: skip
    assert signals_of(record)["business/unknown_leads"].severity == "high"
    assert [alert.rule for alert in told.alerts] == ["outcomes-look-wrong"]
    assert "spell ids alike" in told.alerts[0].says


def test_f32_outcomes_that_are_to_come_are_no_ok(runtime, reference, leads):
    record = watched(
        runtime, leads, with_model(runtime, reference), ARRIVAL, name="pending", report=False
    )
    found = signals_of(record)
    states = {found[f"performance/{name}"].state for name in ("roc_auc", "ece", "log_loss")}
    assert states == {"LABELS_PENDING"}
    assert found["performance/expected_roc_auc"].value > 0.6


@pytest.mark.parametrize("text", ["", "Prospect ID,Shoe size\na,44\n", "\x00\x01\x02"])
def test_a_file_that_tells_no_outcomes_is_refused(runtime, reference, leads, tmp_path, text):
    file = tmp_path / "none.csv"
    file.write_text(text)
    with pytest.raises(InputRefused):
        watched(runtime, leads, reference, ARRIVAL, name="refused", outcomes=file)
