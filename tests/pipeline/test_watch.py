"""Watch on a home with a model in force: what drifts asks for a retrain, what stays does not."""

import json
from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from ml.adapters.mlflow_connection import MlflowConnection
from ml.contract.moments import ENGAGED
from ml.contract.names import DriftState, Purpose
from ml.contract.watching import Severity
from ml.core.generator import Scenario, generate_leads
from ml.steps.clean import clean
from ml.steps.ingest import ingest
from ml.steps.watch import watch
from ml.steps.watch_history import past_watches, read_watch
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.watching import Told, deploy_model, generated, home_of, reference_of, watched

DRIFTING = Scenario(arrival_weeks=10, drift_week=0)


@pytest.fixture(scope="module")
def told():
    return Told()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def runtime(home, told):
    return home_of(home, told)


@pytest.fixture(scope="module")
def reference(runtime):
    table = generated(rows=5_000, seed=1)
    deploy_model(runtime, table.slice(0, 4_000), ENGAGED)
    return reference_of(runtime, table, test_rows=1_000)


@pytest.fixture(scope="module")
def fresh(runtime, reference):
    return watched(runtime, generated(rows=1_000, seed=2), reference, ENGAGED, name="fresh")


@pytest.fixture(scope="module")
def drifted(runtime, reference):
    rows = generated(rows=1_000, seed=2, scenario=DRIFTING)
    return watched(runtime, rows, reference, ENGAGED, name="drifted")


def logged(home, run_id):
    connection = MlflowConnection(
        uri=f"sqlite:///{home / 'mlflow.db'}", artifacts=home / "mlartifacts"
    )
    with connection.client() as client:
        names = {file.path for file in client.list_artifacts(run_id)}
        run = client.get_run(run_id)
        return run.data, names, client.get_experiment(run.info.experiment_id).name


def test_a_fresh_sample_of_the_same_distribution_asks_for_nothing(fresh, told):
    assert told.alerts == []
    assert fresh.state == DriftState.OK
    assert fresh.retrain is None
    assert fresh.drifted_share == 0.0
    assert fresh.prediction_psi < 0.1


@pytest.mark.parametrize("seed", range(3, 8))
def test_further_fresh_samples_ask_for_nothing(runtime, reference, told, seed):
    before = len(told.alerts)
    rows = generated(rows=400, seed=seed)
    assert watched(runtime, rows, reference, ENGAGED, name=f"fresh-{seed}").retrain is None
    assert len(told.alerts) == before


def test_drifted_leads_ask_for_a_retrain_and_say_why(drifted):
    assert drifted.state == DriftState.DRIFTED
    request = drifted.retrain
    assert (request.use_case, request.moment) == ("lead_conversion", "engaged")
    assert "total_time_on_website (PSI" in request.reasons[0]
    assert request.figures["drifted_share"] >= LEAD_CONVERSION.drift.drifted_share
    seen = {column.column for column in drifted.columns if column.drifted}
    assert {"total_time_on_website", "asymmetrique_activity_score"} <= seen


def test_drift_is_told_to_people_once(drifted, told):
    about = [alert for alert in told.alerts if drifted.retrain.reasons[0] in alert.says]
    assert len(about) == 1
    assert "Lead conversion (engaged)" in about[0].says
    assert "Next: leadwise run lead_conversion" in about[0].says


def test_rows_are_accounted_for(fresh):
    counts = {"in": 1001, "accepted": 1000, "quarantined": 1, "deduplicated": 0}
    assert fresh.rows.to_dict() == counts


def test_every_figure_is_with_the_run(home, drifted):
    data, files, experiment = logged(home, drifted.run_id)
    assert experiment == "leadwise-lead-conversion-engaged-drift"
    assert files == {"report.html", "report.json", "environment"}
    assert data.metrics["drifted_share"] == pytest.approx(drifted.drifted_share)
    assert data.metrics["prediction_psi"] == pytest.approx(drifted.prediction_psi)
    for column in drifted.columns:
        assert data.metrics[f"psi_{column.column}"] == pytest.approx(column.psi)
        assert f"evidently_{column.column}" in data.metrics
    assert data.tags["state"] == "DRIFTED"
    assert data.tags["reasons"] == " ".join(drifted.retrain.reasons)
    assert data.params["model_version"] == "1"


def test_every_signal_is_with_the_run(home, drifted):
    data, _, _ = logged(home, drifted.run_id)
    known = [signal for signal in drifted.signals if signal.value is not None]
    assert len(known) > 50
    for signal in known:
        name = signal.key.replace("(", "_").replace(")", "_")  # which trackers do not take
        assert data.metrics[name] == pytest.approx(signal.value), name


def test_what_drifted_is_raised_and_the_record_says_how_bad_it_is(fresh, drifted):
    assert (fresh.severity, [s.key for s in fresh.signals if s.severity]) == (None, [])
    raised = {signal.key: signal.severity for signal in drifted.signals if signal.severity}
    assert raised["data/psi/total_time_on_website"] in {"medium", "high"}
    assert raised["data/drifted_share"] in {"high", "critical"}
    assert drifted.severity == max(raised.values(), key=lambda word: Severity(word).rank)


def test_the_scores_of_both_sides_are_kept_for_the_page(drifted):
    assert len(drifted.scores) == 20
    assert sum(bin.reference for bin in drifted.scores) == pytest.approx(1)
    assert sum(bin.current for bin in drifted.scores) == pytest.approx(1)


def test_each_record_lies_beside_its_report(runtime, fresh, drifted):
    past = past_watches(runtime.lake, "lead_conversion", ENGAGED)
    assert fresh in past
    assert drifted in past
    key = drifted.report.replace("report.html", "watch.json")
    assert read_watch(runtime.lake, key) == drifted
    assert drifted.watched_at.endswith("+00:00")


def test_the_page_for_people_may_be_left_out(runtime, reference):
    rows = generated(rows=300, seed=21)
    record = watched(runtime, rows, reference, ENGAGED, name="no-page", report=False)
    assert (record.state, record.report) == ("OK", None)
    assert record in past_watches(runtime.lake, "lead_conversion", ENGAGED)


def test_the_report_lies_in_the_lake(runtime, drifted):
    page = runtime.lake.fetch(drifted.report).read_bytes()
    figures = json.loads(runtime.lake.fetch(drifted.report.replace(".html", ".json")).read_bytes())
    assert b"total_time_on_website" in page
    assert figures["metrics"]


def test_without_a_model_only_the_data_is_judged(runtime, reference):
    from ml.contract.moments import ARRIVAL

    found = watched(runtime, generated(rows=400, seed=9), reference, ARRIVAL, name="no-model")
    assert found.state == DriftState.OK
    assert found.prediction_psi is None
    assert "No model is deployed, so only the data was judged." in found.notes


DRIFT = "SELECT * FROM lead_conversion.drift WHERE loaded_version = :run"


def test_every_figure_is_in_the_warehouse(runtime, drifted):
    rows = runtime.warehouse.query(DRIFT, {"run": drifted.run_id}).to_pylist()
    assert {row["column_name"]: row["psi"] for row in rows} == {
        column.column: column.psi for column in drifted.columns
    }
    for row in rows:
        assert (row["state"], row["retrain"], row["moment"]) == ("DRIFTED", True, "engaged")
        assert row["drifted_share"] == drifted.drifted_share
        assert row["rows_watched"] == drifted.rows.accepted


def test_a_watch_that_could_not_judge_is_remembered_too(runtime, reference):
    few = watched(runtime, generated(rows=20, seed=9), reference, ENGAGED, name="few")
    (row,) = runtime.warehouse.query(DRIFT, {"run": few.run_id}).to_pylist()
    assert (row["state"], row["column_name"], row["drifted"]) == ("INSUFFICIENT_DATA", None, None)


def test_the_warehouse_on_aws_holds_the_same(runtime, reference, redshift):
    away = replace(runtime, warehouse=redshift.warehouse())
    found = watched(away, generated(rows=300, seed=12), reference, ENGAGED, name="away")
    rows = away.warehouse.query(DRIFT, {"run": found.run_id}).to_pylist()
    assert {(row["column_name"], row["psi"], row["drifted"]) for row in rows} == {
        (column.column, column.psi, column.drifted) for column in found.columns
    }


def test_outcomes_of_a_file_judge_the_model(runtime, reference, tmp_path):
    rows = generated(rows=1_000, seed=31)
    told = rows.select(["prospect_id", "converted"]).to_pylist()[:600]
    lines = [f"{one['prospect_id']},{one['converted']},2026-01-05" for one in told]
    lines += ["nobody,1,2026-01-05", f"{told[0]['prospect_id']},{1 - told[0]['converted']},"]
    file = tmp_path / "outcomes.csv"
    file.write_text("\n".join(["Prospect ID,Converted,Outcome Date", *lines]) + "\n")
    record = watched(
        runtime, rows, reference, ENGAGED, name="outcomes", report=False, outcomes=file
    )
    seen = {signal.key: signal for signal in record.signals}
    assert seen["performance/outcomes"].value == 599  # of one lead there are two
    assert seen["performance/roc_auc"].value > 0.85
    assert seen["performance/roc_auc"].expected > 0.85
    assert seen["performance/expected_roc_auc"].value > 0.85
    assert seen["performance/roc_auc/Google"].state in {"OK", "NO_REFERENCE"}
    assert seen["business/unknown_leads"].value == 1
    assert seen["business/contradicting_outcomes"].value == 1
    assert seen["business/conversion/Hot"].value > seen["business/conversion/Cold"].value
    assert record.severity in {None, "low"}


def test_revenue_by_band_is_told_where_a_win_has_a_worth(runtime, reference, tmp_path):
    rows = generated(rows=600, seed=34)
    told = rows.select(["prospect_id", "converted"]).to_pylist()
    lines = [f"{one['prospect_id']},{one['converted']}" for one in told]
    file = tmp_path / "outcomes.csv"
    file.write_text("\n".join(["Prospect ID,Converted", *lines]) + "\n")
    worth = replace(LEAD_CONVERSION, value_per_win=1_000.0)
    record = watched(
        runtime, rows, reference, ENGAGED, name="worth", report=False, outcomes=file, use_case=worth
    )
    earned = [one.value for one in record.signals if one.name == "revenue"]
    assert len(earned) == len(LEAD_CONVERSION.bands)
    assert sum(earned) == 1_000 * sum(one["converted"] for one in told)
    assert not any(one.severity for one in record.signals if one.name == "revenue")


def test_a_model_that_ranks_no_more_is_told_of_as_performance(runtime, reference, told, tmp_path):
    rows = generated(rows=1_000, seed=32)
    ids, won = (rows[name].to_pylist() for name in ("prospect_id", "converted"))
    lines = [f"{id},{outcome}" for id, outcome in zip(ids, won[::-1], strict=True)]
    file = tmp_path / "outcomes.csv"
    file.write_text("\n".join(["Prospect ID,Converted", *lines]) + "\n")
    before, over = len(told.alerts), len(told.over)
    record = watched(runtime, rows, reference, ENGAGED, name="worse", report=False, outcomes=file)
    assert (record.state, record.severity) == (DriftState.OK, "critical")
    (alert,) = told.alerts[before:]
    assert (alert.rule, alert.severity) == ("performance-fell", "critical")
    assert "The AUC is" in alert.says
    assert "Next: leadwise investigate lead_conversion" in alert.says
    assert "performance-fell" not in [ended.rule for ended in told.over[over:]]
    # The next look with outcomes that are as usual ends it.
    lines = [f"{id},{outcome}" for id, outcome in zip(ids, won, strict=True)]
    file.write_text("\n".join(["Prospect ID,Converted", *lines]) + "\n")
    watched(runtime, rows, reference, ENGAGED, name="better", report=False, outcomes=file)
    assert "performance-fell" in [ended.rule for ended in told.over[over:]]


def exported(runtime, reference, folder, *, start, spoil=lambda frame: frame, name="export"):
    """A watch of a CRM's export, which says when leads came and when they were decided."""
    scenario = Scenario(arrival_weeks=12, start=start, label_delay=True)
    rows = pd.concat(generate_leads(rows=1_200, seed=41, scenario=scenario)).astype(object)
    file = folder / f"{name}.csv"
    spoil(rows).to_csv(file, index=False)
    case = LEAD_CONVERSION
    admitted = ingest(case, runtime, source=file, purpose=Purpose.SCORE, moment=ENGAGED)
    record = watch(
        case, runtime, current=clean(case, runtime, ingest=admitted), current_ingest=admitted,
        moment=ENGAGED, reference=reference, report=False,
    )  # fmt: skip
    assert record.file == admitted.raw
    return {signal.key: signal for signal in record.signals}


def weeks_ago(runtime, weeks):
    return runtime.now().date() - timedelta(weeks=weeks)


def test_days_of_an_export_are_read_though_nobody_declared_them(runtime, reference, tmp_path):
    rows = []
    seen = exported(
        runtime,
        reference,
        tmp_path,
        start=weeks_ago(runtime, 12),
        spoil=lambda frame: rows.append(frame) or frame,
    )
    assert 0 <= seen["data/age_days"].value < 3
    assert (seen["data/age_days"].state, seen["data/future_rows"].value) == ("OK", 0)
    assert seen["data/volume"].value == pytest.approx(100, abs=2)
    assert seen["business/outcomes_known/30 to 60 days"].value > 0
    days = rows[0][["Arrival Date", "Outcome Date"]].apply(pd.to_datetime)
    known = days[days["Outcome Date"].dt.date <= runtime.now().date()]
    delays = (known["Outcome Date"] - known["Arrival Date"]).dt.days
    assert seen["business/label_delay_days"].value == pytest.approx(delays.median(), abs=0.5)
    assert seen["business/future_outcomes"].value > 0
    assert seen["business/early_outcomes"].value == 0


def test_an_export_that_stopped_is_stale(runtime, reference, tmp_path):
    seen = exported(runtime, reference, tmp_path, start=weeks_ago(runtime, 17), name="stale")
    assert 35 <= seen["data/age_days"].value < 38
    assert seen["data/age_days"].severity == "high"


def test_clocks_that_are_wrong_are_said_and_not_counted(runtime, reference, tmp_path):
    def spoil(rows):
        ahead = (runtime.now() + timedelta(days=40)).date().isoformat()
        rows.iloc[:60, rows.columns.get_loc("Arrival Date")] = ahead
        rows.iloc[60:120, rows.columns.get_loc("Outcome Date")] = "2001-01-01"
        rows.iloc[120:130, rows.columns.get_loc("Arrival Date")] = "soon"
        return rows

    start = weeks_ago(runtime, 12)
    seen = exported(runtime, reference, tmp_path, start=start, spoil=spoil, name="skewed")
    assert (seen["data/future_rows"].value, seen["data/future_rows"].severity) == (60, "medium")
    assert 0 <= seen["data/age_days"].value < 3
    assert "10 rows have no day that can be read" in seen["data/age_days"].says
    assert seen["data/volume"].value == pytest.approx(1_130 / 80 * 7, abs=2)
    early = seen["business/early_outcomes"]
    assert early.value >= 60
    assert early.severity == "medium"
    assert seen["business/label_delay_days"].value >= 5


def test_an_export_without_days_says_what_it_lacks(runtime, reference, tmp_path):
    def without(rows):
        return rows.drop(columns=["Arrival Date", "Outcome Date"])

    start = weeks_ago(runtime, 12)
    seen = exported(runtime, reference, tmp_path, start=start, spoil=without, name="undated")
    for key in ("data/age_days", "data/volume", "business/label_delay_days"):
        assert (seen[key].state, seen[key].value) == ("NOT_KEPT", None)
        assert "'Arrival Date'" in seen[key].says


def test_without_outcomes_nothing_is_said_to_be_over(runtime, reference, told):
    over = len(told.over)
    record = watched(
        runtime, generated(rows=400, seed=33), reference, ENGAGED, name="later", report=False
    )
    states = {signal.key: signal.state for signal in record.signals}
    assert states["performance/roc_auc"] == "LABELS_PENDING"
    assert "performance-fell" not in [ended.rule for ended in told.over[over:]]
