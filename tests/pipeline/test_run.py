"""A run from a raw file to a served model: once per input, resumable, one at a time."""

import csv
import shutil
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from ml.bootstrap import laptop
from ml.contract.errors import HomeBusy, StepMissing, UnknownName, UsageError
from ml.contract.jobs import STEPS, Job
from ml.contract.names import Alias, Step
from ml.contract.records import SplitRecord
from ml.contract.settings import LaptopSettings
from ml.pipeline import Pipeline
from ml.steps.score import score
from ml.use_cases import find
from tests.pipeline.conftest import QUICK

ENGAGED = QUICK.default_moment


@pytest.fixture(scope="module")
def run_once(tmp_path_factory, leads):
    """A home after one run, and what came of it."""
    folder = tmp_path_factory.mktemp("run") / "home"
    with laptop(LaptopSettings(home=str(folder)), Console(stderr=True)) as runtime:
        return folder, Pipeline(QUICK, runtime, ENGAGED).run(leads)


def test_a_run_serves_a_model_and_a_second_one_has_nothing_to_do(
    run_once, open_home, leads, tmp_path
):
    home, first = run_once
    assert first.verdict.approved, first.verdict.reason
    assert first.cleaned.rows.received == 4_000
    assert not any(step.repeated for step in first.steps)

    shutil.copytree(home, tmp_path / "home")
    with open_home() as runtime:
        second = Pipeline(QUICK, runtime, ENGAGED).run(leads)
        entries = [entry.action for entry in runtime.ledger.entries(first.verdict.model)]
        table = runtime.warehouse.query("SELECT count(*) AS n FROM lead_conversion.leads")
    always = {Step.PROMOTE, Step.DEPLOY}
    assert {step.step for step in second.steps if not step.repeated} == always
    assert second.verdict == first.verdict
    assert entries.count(Step.DEPLOY) == 1
    assert table.to_pylist() == [{"n": first.cleaned.rows.accepted}]

    with open_home() as runtime:
        record = score(QUICK, runtime, source=leads, output=tmp_path / "s.csv", moment=ENGAGED)
    with (tmp_path / "s.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 4_000
    assert sum(record.bands.values()) == record.rows.accepted
    assert {row["status"] for row in rows} <= {"scored", "duplicate"}
    assert "Converted" not in rows[0]
    assert "Tags" not in rows[0]


def test_a_killed_run_goes_on_from_the_last_finished_step(open_home, leads, monkeypatch):
    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, open_home() as runtime:
        patch.setattr("ml.steps.evaluate.evaluate", killed)
        with pytest.raises(KeyboardInterrupt):
            Pipeline(QUICK, runtime, ENGAGED).run(leads)
    with open_home() as runtime:
        result = Pipeline(QUICK, runtime, ENGAGED).run(leads)
    done = [step.step for step in result.steps if step.repeated]
    assert done == [*STEPS[Job.PROCESS], Step.TRAIN]
    assert result.verdict.version == "1"


def test_a_step_whose_file_was_deleted_is_done_again(open_home, leads):
    with open_home() as runtime:
        pipeline = Pipeline(QUICK, runtime, ENGAGED)
        record = pipeline.clean(pipeline.ingest(leads))
        runtime.lake.fetch(record.clean).unlink()
        again = pipeline.clean(pipeline.ingest(leads))
        assert [step.repeated for step in pipeline.results] == [False, False, True, False]
    assert again.canonical_hash == record.canonical_hash


def test_a_changed_use_case_is_another_run(open_home, leads):
    from dataclasses import replace

    with open_home() as runtime:
        Pipeline(QUICK, runtime, ENGAGED).ingest(leads)
        other = Pipeline(replace(QUICK, title="Other"), runtime, ENGAGED)
        other.ingest(leads)
    assert not other.results[0].repeated


def test_two_runs_on_one_home_take_turns(open_home, leads, tmp_path):
    command = [
        *(sys.executable, "-m", "ml.cli", "step", "ingest", "lead_conversion"),
        *("--data", leads, "--home", tmp_path / "home", "--json"),
    ]
    with open_home(), pytest.raises(HomeBusy), open_home(lock_seconds=0):
        pass
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in "12"]
    for process in both:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said.decode()


def test_steps_alone_say_what_they_need(open_home):
    with open_home() as runtime:
        pipeline = Pipeline(QUICK, runtime, ENGAGED)
        with pytest.raises(StepMissing, match="'train' reads the result of 'split'"):
            pipeline.step("train")
        with pytest.raises(UsageError, match="--data FILE"):
            pipeline.step("ingest")
        with pytest.raises(UnknownName, match="unknown step 'cook'; there is: ingest, clean"):
            pipeline.step("cook")
        with pytest.raises(StepMissing, match="'deploy' reads the result of 'promote'"):
            pipeline.step("deploy")


def test_a_use_case_for_another_table_needs_one_file_and_nothing_else(
    open_home, orders, second_use_case, tmp_path
):
    case = find(second_use_case)
    with open_home() as runtime:
        result = Pipeline(case, runtime, case.default_moment).run(orders)
        assert result.verdict.approved, result.verdict.reason
        output = tmp_path / "scored.parquet"
        score(case, runtime, source=orders, output=output, moment=case.default_moment, reasons=2)
        champion = runtime.registry.aliased(result.verdict.model, Alias.CHAMPION)
    assert champion.version == result.verdict.version
    assert set(result.verdict.metrics) == {"spearman", "mae", "rmse"}
    rows = pq.read_table(output).to_pylist()
    assert len(rows) == 2_000
    assert {row["band"] for row in rows} == {"Happy", "Unhappy"}
    assert any("Days Late" in (row["reasons_against"] or "") for row in rows)


def test_watch_compares_with_the_rows_of_the_model_in_force_not_with_the_newest(
    run_once, open_home, leads, tmp_path
):
    shutil.copytree(run_once[0], tmp_path / "home")
    with open_home() as runtime:
        pipeline = Pipeline(QUICK, runtime, ENGAGED)
        served = pipeline.latest(Step.SPLIT, SplitRecord, asked_by=Step.WATCH)
        newer = tmp_path / "newer.csv"
        newer.write_text("\n".join(leads.read_text().splitlines()[:3_001]) + "\n")
        pipeline.split(pipeline.snapshot(pipeline.clean(pipeline.ingest(newer))))
        record = pipeline.watch(leads)
    assert record.reference == served.train
    assert record.state == "OK"
