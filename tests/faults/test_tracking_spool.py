"""F3: MLflow away while runs are kept: nothing is lost, nothing is told twice, work goes on."""

import logging
import shutil

import pytest

from ml.adapters import mlflow_connection
from ml.adapters.mlflow_tracker import MlflowTracker
from ml.adapters.run_spool import Opening, RunSpool, Word
from ml.contract.errors import DependencyUnavailable
from tests.support.cut_line import Line, lay

EXPERIMENT = "spooled"
#: Told by `work`: what MLflow must hold afterwards, whatever happened on the way.
WHOLE = {
    "outer": ({"seed": "0"}, {"roc_auc": 0.9}, {"moment": "arrival"}, ["plots/roc.png"]),
    "inner": ({"depth": "3"}, {"roc_auc": 0.8}, {"moment": "arrival"}, []),
}


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def line(monkeypatch):
    return lay(Line(), monkeypatch)


@pytest.fixture
def tracker(tmp_path, clock):
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    return MlflowTracker(uri, tmp_path / "mlartifacts", spool=tmp_path / "spool", clock=clock)


def work(tracker, tmp_path, between=lambda: None):
    """A run with a run in it, each told everything that runs are told."""
    file = tmp_path / "roc.png"
    file.write_bytes(b"png")
    with tracker.run(EXPERIMENT, "outer") as outer:
        outer.params({"seed": 0})
        outer.metrics({"roc_auc": 0.9})
        between()
        with tracker.run(EXPERIMENT, "inner", nested=True) as inner:
            inner.params({"depth": 3})
            inner.metrics({"roc_auc": 0.8})
            inner.tags({"moment": "arrival"})
        outer.tags({"moment": "arrival"})
        outer.artifact(file, "plots")


def told(tracker):
    """Every run of the experiment as MLflow holds it, and the names of parents."""
    with tracker.connection.client() as client:
        found = client.get_experiment_by_name(EXPERIMENT)
        runs = client.search_runs([found.experiment_id]) if found else []
        names = {run.info.run_id: run.info.run_name for run in runs}
        assert len(set(names.values())) == len(runs), "a run was told twice"
        kept = {}
        for run in runs:
            for metric in run.data.metrics:
                assert len(client.get_metric_history(run.info.run_id, metric)) == 1
            ours = {k: v for k, v in run.data.tags.items() if k == "moment"}
            files = [item.path for item in client.list_artifacts(run.info.run_id, "plots")]
            kept[run.info.run_name] = (run.data.params, run.data.metrics, ours, files)
        status = {run.info.run_name: run.info.status for run in runs}
        above = {n: r.data.tags.get("mlflow.parentRunId") for n, r in by_name(runs).items()}
    return kept, status, {name: names.get(parent) for name, parent in above.items()}


def by_name(runs):
    return {run.info.run_name: run for run in runs}


def is_whole(tracker):
    kept, status, parents = told(tracker)
    assert kept == WHOLE
    assert status == {"outer": "FINISHED", "inner": "FINISHED"}
    assert parents == {"outer": None, "inner": "outer"}
    assert tracker.waiting() == 0


def test_all_of_a_run_waits_and_is_told_by_the_next_one(tracker, line, clock, tmp_path):
    line.cut = True
    work(tracker, tmp_path)
    assert tracker.waiting() == 2
    line.mend()
    clock.now += 60
    with tracker.run("another", "next"):
        pass
    is_whole(tracker)


def test_a_run_that_is_cut_off_midway_goes_on_on_disk(tracker, line, tmp_path):
    work(tracker, tmp_path, between=lambda: setattr(line, "cut", True))
    assert tracker.waiting() == 2
    line.mend()
    tracker.settle()
    is_whole(tracker)


def test_an_open_run_goes_on_in_mlflow_once_it_is_back(tracker, line, tmp_path):
    line.cut = True

    def back():
        line.mend()
        tracker.settle()

    work(tracker, tmp_path, between=back)
    is_whole(tracker)


def test_every_answer_may_be_lost(tracker, line, clock, tmp_path):
    """At each call in turn: MLflow did it, and we never heard."""
    lost = 0
    while True:
        line.breaks_after = lost
        work(tracker, tmp_path)
        everything_was_answered = line.breaks_after is not None
        line.mend()
        clock.now += 60
        tracker.settle()
        is_whole(tracker)
        if everything_was_answered:
            break
        forget(tracker)
        lost += 1
    assert lost > 10


def test_telling_may_die_at_any_point(tracker, line, tmp_path):
    """At each call in turn: the process that tells what waits is killed, and another goes on."""
    died = 0
    while True:
        line.cut = True
        work(tracker, tmp_path)
        line.mend()
        line.breaks_after, line.dies = died, True
        try:
            tracker.settle()
        except KeyboardInterrupt:
            line.mend()
            fresh = MlflowTracker(
                tracker.connection.uri, tmp_path / "mlartifacts", spool=tmp_path / "spool"
            )
            fresh.settle()
            is_whole(fresh)
        else:
            break
        forget(tracker)
        died += 1
    line.mend()
    is_whole(tracker)
    assert died > 10


def forget(tracker):
    """Delete what MLflow holds, for the next turn."""
    tracker._away_until = 0.0
    with tracker.connection.client() as client:
        found = client.get_experiment_by_name(EXPERIMENT)
        for run in client.search_runs([found.experiment_id]):
            client.delete_run(run.info.run_id)


def test_while_it_is_away_it_is_left_alone(tracker, line, clock, tmp_path):
    line.cut = True
    work(tracker, tmp_path)
    assert len(line.calls) == 1, "one call found out, the others did not wait for it"
    clock.now += 60
    work(tracker, tmp_path)
    assert len(line.calls) == 2
    assert tracker.waiting() == 4


def test_a_run_whose_process_died_is_told_as_killed(tracker, tmp_path):
    spool = RunSpool(tmp_path / "spool")
    spool.open(Opening(key="k", experiment=EXPERIMENT, name="outer", at=1_000, tags={}))
    spool.add("k", Word(kind="metrics", at=2_000, values={"roc_auc": 0.5}))
    with (tmp_path / "spool" / "k" / "run.jsonl").open("a") as lines:
        lines.write('{"kind": "metrics", "at": 3000, "val')  # torn off
    tracker.settle()
    kept, status, _ = told(tracker)
    assert (kept["outer"][1], status) == ({"roc_auc": 0.5}, {"outer": "KILLED"})


@pytest.mark.parametrize("damage", ["no name", "not json"])
def test_what_mlflow_never_takes_stands_in_nobodys_way(tracker, line, tmp_path, caplog, damage):
    line.cut = True
    with tracker.run(EXPERIMENT, "refused") as refused:
        refused.params({"a*b" if damage == "no name" else "note": "x"})
    if damage == "not json":
        lines = next((tmp_path / "spool").glob("*/run.jsonl"))
        lines.write_text(lines.read_text() + "{]\n")
    work(tracker, tmp_path)
    line.mend()
    with caplog.at_level(logging.ERROR):
        tracker.settle()
    assert tracker.waiting() == 0
    (aside,) = (tmp_path / "spool").glob("refused-*")
    assert str(aside) in caplog.text or aside.name in caplog.text
    kept, _, _ = told(tracker)
    assert {name: kept[name] for name in WHOLE} == WHOLE


def test_a_home_that_only_gains_files_tells_nothing_again(tracker, line, tmp_path):
    """As between jobs on AWS: what was deleted here would come back from S3."""
    line.cut = True
    work(tracker, tmp_path)
    kept = tmp_path / "in S3"
    shutil.copytree(tmp_path / "spool", kept)
    line.mend()
    tracker.settle()
    shutil.copytree(tmp_path / "spool", kept, dirs_exist_ok=True)
    assert RunSpool(kept).waiting() == []


def test_a_failed_run_is_told_as_failed(tracker, line):
    line.cut = True
    with pytest.raises(ZeroDivisionError), tracker.run(EXPERIMENT, "outer"):
        1 / 0  # noqa: B018
    line.mend()
    tracker.settle()
    assert told(tracker)[1] == {"outer": "FAILED"}


def test_settling_while_it_is_away_says_so_and_keeps_all(tracker, line, tmp_path):
    line.cut = True
    work(tracker, tmp_path)
    with pytest.raises(DependencyUnavailable, match=r"mlflow\.db is not available"):
        tracker.settle()
    assert tracker.waiting() == 2


def test_the_budget_of_a_call_is_ten_seconds():
    """F4: tries times timeout; the pause before the only repetition is none."""
    settings = mlflow_connection._ENVIRONMENT
    tries = 1 + int(settings["MLFLOW_HTTP_REQUEST_MAX_RETRIES"])
    assert tries == 2, "a third try would come after a pause that this does not count"
    assert tries * float(settings["MLFLOW_HTTP_REQUEST_TIMEOUT"]) <= 10
    assert mlflow_connection._PROBE_SECONDS <= 10
    assert settings["MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER"] == "false"
