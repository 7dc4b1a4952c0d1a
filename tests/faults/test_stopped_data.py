"""Data that the checks stop: nothing after them runs, and what is in force stays in force (F13)."""

import shutil
from dataclasses import replace
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.contract.errors import DataStopped, StepMissing
from ml.contract.names import Alias, Check, CheckState, Step
from ml.contract.records import CheckRecord, SnapshotRecord
from ml.core.generator import Scenario
from ml.core.sample import write_csv
from ml.pipeline import Pipeline
from ml.steps.check import check
from tests.pipeline.conftest import QUICK
from tests.support.watching import Told, home_of

MOMENT = QUICK.default_moment
MODEL = QUICK.model_name(MOMENT)


QUIET = Scenario()


def _leads(folder, scenario, seed=3):
    file = folder / f"{scenario.broken_field}-{scenario.breakage}-{seed}.csv"
    with file.open("wb") as stream:
        write_csv(QUICK, stream, rows=4_000, seed=seed, scenario=scenario)
    return file


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A home that serves a model, and a file that must not get into it."""
    folder = tmp_path_factory.mktemp("made")
    result = Pipeline(QUICK, home_of(folder / "home", Told()), MOMENT).run(_leads(folder, QUIET))
    assert result.verdict.approved, result.verdict.reason
    assert result.to_dict()["data"] == CheckState.PASS
    return folder / "home", _leads(folder, Scenario(broken_field="Lead Source"))


@pytest.fixture
def served(made, tmp_path):
    """A copy of that home."""
    home, broken = made
    shutil.copytree(home, tmp_path / "home")
    told = Told()
    return SimpleNamespace(runtime=home_of(tmp_path / "home", told), told=told, broken=broken)


def _in_force(runtime):
    """All that a run could have changed."""
    pipeline = Pipeline(QUICK, runtime, MOMENT)
    return (
        pipeline.latest(Step.SNAPSHOT, SnapshotRecord, asked_by=Step.SPLIT),
        runtime.registry.aliased(MODEL, Alias.CHAMPION),
        runtime.registry.aliased(MODEL, Alias.CHALLENGER),
        runtime.endpoint.stamp(MODEL),
        runtime.ledger.entries(MODEL),
    )


def test_a_stop_leaves_everything_in_force_and_tells_people_once(served):
    before = _in_force(served.runtime)
    for _ in range(2):
        pipeline = Pipeline(QUICK, served.runtime, MOMENT)
        with pytest.raises(DataStopped) as stopped:
            pipeline.run(served.broken)
        assert [result.step for result in pipeline.results] == [
            Step.INGEST, Step.CLEAN, Step.CHECK,
        ]  # fmt: skip
    assert _in_force(served.runtime) == before
    said = str(stopped.value)
    assert stopped.value.exit_code == 3
    assert "\n" not in said
    for words in ("Lead Source is empty in 100 % of rows", "lines 2, 3, 4", "stay in force"):
        assert words in said
    (alert,) = served.told.alerts
    assert (alert.rule, alert.subject) == ("data-stopped", QUICK.name)
    for words in ("say stop, the model in force stays", "Lead Source", "Next: mend"):
        assert words in alert.says


def test_a_step_by_itself_makes_no_snapshot_of_stopped_rows(served):
    pipeline = Pipeline(QUICK, served.runtime, MOMENT)
    with pytest.raises(DataStopped):
        pipeline.run(served.broken)
    for name in (Step.CHECK, Step.SNAPSHOT):
        with pytest.raises(DataStopped, match="Lead Source"):
            Pipeline(QUICK, served.runtime, MOMENT).step(name)


def test_rows_are_compared_with_the_last_ones_that_went_on(served, tmp_path):
    pipeline = Pipeline(QUICK, served.runtime, MOMENT)
    with pytest.raises(DataStopped):
        pipeline.run(served.broken)
    stopped = pipeline.latest(Step.CHECK, CheckRecord, asked_by=Step.SNAPSHOT)
    cleaned = pipeline.clean(admitted := pipeline.ingest(_leads(tmp_path, QUIET, seed=4)))
    good = pipeline.check(admitted, cleaned)
    assert good.state == CheckState.PASS
    assert good.reference == stopped.reference != stopped.profile
    again = pipeline.check(admitted, cleaned)
    assert again == good
    assert pipeline.results[-1].repeated


def test_rows_that_were_not_checked_make_no_snapshot(served, tmp_path):
    pipeline = Pipeline(QUICK, served.runtime, MOMENT)
    pipeline.clean(pipeline.ingest(_leads(tmp_path, QUIET, seed=5)))
    with pytest.raises(StepMissing, match="'snapshot' reads the result of 'check'"):
        pipeline.step(Step.SNAPSHOT)
    assert pipeline.step(Step.CHECK).state == CheckState.PASS
    assert isinstance(pipeline.step(Step.SNAPSHOT), SnapshotRecord)


def test_a_warning_goes_on_and_is_said(tmp_path):
    runtime = home_of(tmp_path / "home", told := Told())
    mood = _leads(tmp_path, Scenario(arrival_weeks=4))
    result = Pipeline(QUICK, runtime, MOMENT).run(mood)
    assert result.verdict.approved
    assert result.to_dict()["data"] == CheckState.WARN
    (found,) = result.checked.findings
    assert found.check == Check.ADDED_COLUMNS
    assert "'Arrival Date'" in found.message
    assert told.alerts == []


def test_a_reference_that_was_deleted_is_done_without(served, tmp_path):
    pipeline = Pipeline(QUICK, served.runtime, MOMENT)
    with pytest.raises(DataStopped):
        pipeline.run(served.broken)
    reference = pipeline.latest(Step.CHECK, CheckRecord, asked_by=Step.SNAPSHOT).reference
    served.runtime.lake.fetch(reference).unlink()
    admitted = pipeline.ingest(_leads(tmp_path, QUIET, seed=6))
    assert pipeline.check(admitted, pipeline.clean(admitted)).reference is None


def test_figures_of_an_older_release_are_done_without(tmp_path):
    runtime = home_of(tmp_path / "home", Told())
    pipeline = Pipeline(QUICK, runtime, MOMENT)
    admitted = pipeline.ingest(_leads(tmp_path, QUIET))
    with runtime.lake.scratch() as folder:
        (folder / "figures").write_text('{"rows": 4000}')
        runtime.lake.publish("checks/older.json", folder / "figures")
    record = check(
        QUICK,
        runtime,
        ingest=admitted,
        clean=pipeline.clean(admitted),
        reference="checks/older.json",
    )
    assert (record.state, record.reference) == (CheckState.PASS, None)


def _changed(runtime, record, change):
    """The clean table as somebody else has left it."""
    table = change(pq.read_table(runtime.lake.fetch(record.clean)))
    key = record.clean.replace(".parquet", "-changed.parquet")
    with runtime.lake.scratch() as folder:
        pq.write_table(table, folder / "rows.parquet")
        runtime.lake.publish(key, folder / "rows.parquet")
    return replace(record, clean=key, canonical_hash="0ther")


def _as_text(name):
    def change(table):
        place = table.column_names.index(name)
        return table.set_column(place, name, table[name].cast(pa.string()))

    return change


def test_a_column_that_turned_into_text_stops_with_a_diff(tmp_path):
    pipeline = Pipeline(QUICK, home_of(tmp_path / "home", Told()), MOMENT)
    admitted = pipeline.ingest(_leads(tmp_path, QUIET))
    cleaned = _changed(pipeline.runtime, pipeline.clean(admitted), _as_text("total_visits"))
    with pytest.raises(DataStopped) as stopped:
        pipeline.check(admitted, cleaned)
    (found,) = stopped.value.findings
    assert (found.check, found.columns) == (Check.SCHEMA, ("total_visits",))
    assert "column 'total_visits' is of type 'text', not 'whole number'" in str(stopped.value)


def test_a_column_that_was_added_warns(tmp_path):
    pipeline = Pipeline(QUICK, home_of(tmp_path / "home", Told()), MOMENT)
    admitted = pipeline.ingest(_leads(tmp_path, QUIET))
    added = _changed(
        pipeline.runtime,
        pipeline.clean(admitted),
        lambda table: table.append_column("mood", pa.array(["fine"] * table.num_rows)),
    )
    record = pipeline.check(admitted, added)
    assert record.state == CheckState.WARN
    assert [(one.check, one.columns) for one in record.findings] == [
        (Check.ADDED_COLUMNS, ("mood",))
    ]
