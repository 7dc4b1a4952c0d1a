"""What a DAG starts: once, whoever asks; and what the pipeline's definition says of its jobs."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from dags.tasks.attempts import Attempt, State, WorkFailed, advance
from dags.tasks.data import run_key
from ml.contract.alerts import RetrainReason
from ml.contract.errors import InvalidSettings
from ml.contract.jobs import Job
from ml.contract.pipeline_jobs import job_arguments
from ml.contract.training_need import DriftSeen, training_need

DAY = datetime(2026, 1, 5, tzinfo=UTC)


class Work:
    def __init__(self, *states):
        self.states, self.started = states, []

    def attempts(self):
        return [Attempt(name=f"job-{n}", state=each) for n, each in enumerate(self.states, 1)]

    def start(self, number):
        self.started.append(number)


@pytest.mark.parametrize(
    ("states", "tries", "started", "done"),
    [
        ((), 1, [1], False),
        ((State.RUNNING,), 1, [], False),
        ((State.RUNNING,), 3, [], False),  # a worker died, and the task is tried again
        ((State.DONE,), 1, [], True),
        ((State.DONE,), 3, [], True),
        ((State.FAILED,), 2, [2], False),
        ((State.FAILED, State.RUNNING), 2, [], False),
        ((State.FAILED, State.DONE), 2, [], True),
    ],
)
def test_work_is_started_only_where_no_attempt_runs_or_is_done(states, tries, started, done):
    work = Work(*states)
    assert advance(work, tries) is done
    assert work.started == started


@pytest.mark.parametrize(("states", "tries"), [((State.FAILED,), 1), ((State.FAILED,) * 2, 2)])
def test_more_attempts_than_tries_are_never_made(states, tries):
    work = Work(*states)
    with pytest.raises(WorkFailed, match=f"job-{len(states)} failed"):
        advance(work, tries)
    assert work.started == []


def test_a_run_has_the_same_key_for_the_same_data_and_no_other():
    key = run_key("leadwise_x", DAY)
    assert key == run_key("leadwise_x", datetime(2026, 1, 5, tzinfo=UTC))
    others = {
        run_key("leadwise_y", DAY),
        run_key("leadwise_x", DAY + timedelta(microseconds=1)),
        run_key("leadwise_x", datetime(2026, 1, 5, tzinfo=timezone(timedelta(hours=1)))),
    }
    assert len(others | {key}) == 4
    # SageMaker takes 63 characters; the longest name of an environment has 12.
    assert len(f"leadwise-{'e' * 12}-retrain-evaluate-{key}-99") <= 63


@pytest.mark.parametrize("reason", list(RetrainReason))
def test_drift_is_held_to_the_rows_and_every_other_reason_trains(reason):
    by_drift = reason in {RetrainReason.ALARM, RetrainReason.DRIFT}
    for state in ("OK", "INSUFFICIENT_DATA", "UNKNOWN"):
        need = training_need(reason.value, DriftSeen(state=state))
        assert (need.needed, state in need.says) == (not by_drift, True)
    for seen in (DriftSeen(state="DRIFTED", asks=True), DriftSeen(state="NO_MODEL")):
        assert training_need(reason.value, seen).needed


STEP = {
    "Name": "Train",
    "Type": "Processing",
    "Arguments": {
        "Environment": {"WHY": {"Get": "Parameters.Reason"}, "WHO": {"Get": "Execution.Other"}}
    },
}


def test_what_a_definition_says_and_nobody_understands_is_refused():
    with pytest.raises(InvalidSettings, match=r"wants 'Execution\.Other'"):
        _arguments({"Parameters": [{"Name": "Reason", "DefaultValue": "manual"}], "Steps": [STEP]})
    with pytest.raises(InvalidSettings, match="has no job 'Train'; it has: Else"):
        _arguments({"Steps": [STEP | {"Name": "Else"}]})


def _arguments(definition):
    return job_arguments(definition, Job.TRAIN, parameters={}, run="1", who="me")
