"""What jobs of a run tell, and the record of the run that the last of them leaves."""

import json

import pytest

from ml.contract.errors import UsageError
from ml.contract.jobs import OUTCOME_FILE, STEPS, Job, said_file
from ml.contract.names import Step
from ml.contract.places import newest_raw, raw_prefix
from ml.job_words import leave_words, told_before


def looked(needed):
    need = {"needed": needed, "reason": "drift", "says": "because"}
    steps = [{"step": "check", "record": {"rows": 3}}]
    return {"reason": "drift", "drift": {"state": "OK"}, "train": need, "steps": steps}


def told(step, **record):
    return {"reason": "drift", "steps": [{"step": step, "record": record}]}


def read(folder, name):
    return json.loads((folder / name).read_text())


def test_a_run_without_need_ends_with_its_first_job_which_records_why(tmp_path):
    leave_words(looked(False), STEPS[Job.PROCESS], [], tmp_path)
    assert read(tmp_path, said_file(Job.PROCESS)) == looked(False)
    assert read(tmp_path, OUTCOME_FILE) == {
        "trained": False, "drift": {"state": "OK"}, "train": looked(False)["train"], "degraded": {},
    }  # fmt: skip


def test_a_run_that_goes_on_is_recorded_by_its_last_job_alone(tmp_path):
    leave_words(looked(True), STEPS[Job.PROCESS], [], tmp_path)
    leave_words(told("train", degraded="MLflow is away"), STEPS[Job.TRAIN], [], tmp_path)
    leave_words(told("evaluate", degraded=""), STEPS[Job.EVALUATE], [], tmp_path)
    assert not (tmp_path / OUTCOME_FILE).exists()
    said = told("promote") | {"package": {"version": "2"}}
    leave_words(said, STEPS[Job.REGISTER], told_before(tmp_path), tmp_path / "new")
    assert read(tmp_path / "new", OUTCOME_FILE) == {
        "trained": True, "drift": {"state": "OK"}, "train": looked(True)["train"],
        "package": {"version": "2"}, "degraded": {"train": "MLflow is away"},
    }  # fmt: skip


def test_the_last_job_says_what_it_misses_of_the_run(tmp_path):
    leave_words(looked(True), STEPS[Job.PROCESS], [], tmp_path)
    with pytest.raises(UsageError, match=r"lacks train\.json, evaluate\.json.*--said"):
        told_before(tmp_path)


def test_steps_that_are_no_job_leave_nothing(tmp_path):
    leave_words(told("train"), (Step.CLEAN, Step.TRAIN), [], tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("names", "newest"),
    [
        (["2026-01.csv", "2026-02.csv"], "2026-02.csv"),
        (["2026-01.csv", "parts/a.csv"], "2026-01.csv"),
        (["2026-01.csv", "2026-02.manifest.json"], "2026-01.csv"),
        (["2026-01/a.csv", "2026-01-05.csv", "2026-01.csv"], "2026-01/a.csv"),
        (["parts/a.csv"], None),
        ([], None),
    ],
)
def test_pipeline_and_dag_take_the_same_file_of_a_folder(names, newest, tmp_path):
    """A job is brought the folder, the DAG lists its keys."""
    from ml.cli.containers import newest as of_folder

    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("leads")
    prefix = raw_prefix("leads")
    assert newest_raw([prefix + name for name in names], "leads") == (newest and prefix + newest)
    if newest:
        assert of_folder(tmp_path, "leads") == tmp_path / newest
    else:
        with pytest.raises(UsageError, match="no file of leads"):
            of_folder(tmp_path, "leads")
