"""One retrain at a time, whoever asks and however often."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.validate import ParamValidator

from lambdas import retrain_trigger
from lambdas.clients import client
from lambdas.retraining import lease, orchestrators
from ml.contract.cloud_settings import RetrainTriggerSettings
from ml.contract.errors import InvalidMessage, UnknownName
from ml.contract.messages import (
    EVENT_SOURCE,
    RETRAIN_AGE_ASKED,
    RETRAIN_ENDED,
    RETRAIN_WANTED,
)
from tests.support.lambdas import REGION, Clock, Context, fake_aws, metrics, table

SETTINGS = RetrainTriggerSettings(
    use_case="lead_conversion",
    orchestrator="pipeline",
    target="leadwise-dev-retrain",
    lease_table="leases",
    cooldown_minutes=60,
    lease_minutes=30,
)
HOUR = 3600


class Orchestrator:
    """SageMaker and MWAA, as far as a retrain asks them: equal tokens give the same run."""

    def __init__(self):
        self.calls, self.runs, self.failing = [], {}, None
        self.asked, self.steps = [], {"Process", "Needed", "Train", "Evaluate", "Gate", "Register"}

    def start_pipeline_execution(self, **asked):
        self.calls.append(asked)
        if self.failing:
            raise self.failing
        token = asked["ClientRequestToken"]
        arn = self.runs.setdefault(token, f"arn:execution/{len(self.runs)}")
        return {"PipelineExecutionArn": arn}

    def list_pipeline_execution_steps(self, **asked):
        self.asked.append(asked)
        if self.failing:
            raise self.failing
        steps = [{"StepName": name, "StepStatus": "Succeeded"} for name in sorted(self.steps)]
        return {"PipelineExecutionSteps": steps}

    def invoke_rest_api(self, **asked):
        self.calls.append(asked)
        if self.failing:
            raise self.failing
        self.runs[asked["Body"]["dag_run_id"]] = asked["Body"]["dag_run_id"]
        return {"RestApiStatusCode": 200}


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(retrain_trigger, "time", clock)
    return clock


@pytest.fixture(autouse=True)
def runner(monkeypatch):
    runner = Orchestrator()
    monkeypatch.setattr(orchestrators, "client", lambda service: runner)
    return runner


@pytest.fixture(autouse=True)
def aws(monkeypatch):
    with fake_aws(monkeypatch, SETTINGS.to_env()):
        yield table("leases")


def _handle(event):
    return retrain_trigger.handler(event, Context())


def _manual(cause="Ann: new course"):
    return {"reason": "manual", "cause": cause}


def _alarm(name="drift", value="ALARM", at="2026-11-21T10:00:00.000+0000"):
    detail = {"alarmName": name, "state": {"value": value, "timestamp": at, "reason": "r"}}
    return {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "detail": detail,
    }


def _ours(kind, **detail):
    return {
        "source": EVENT_SOURCE,
        "detail-type": kind,
        "detail": {"use_case": "lead_conversion", **detail},
    }


def _ended(run, status="Succeeded"):
    detail = {"pipelineExecutionArn": run, "currentPipelineExecutionStatus": status}
    return {
        "source": "aws.sagemaker",
        "detail-type": "SageMaker Model Building Pipeline Execution Status Change",
        "detail": detail,
    }


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (_alarm(), "alarm"),
        ({"reason": "schedule", "cause": "2026-11-21T03:00:00Z"}, "schedule"),
        (_ours(RETRAIN_WANTED, reason="drift", cause="psi 0.31"), "drift"),
        (_ours(RETRAIN_WANTED, reason="new_data", cause="snapshot 5f"), "new_data"),
        (_manual(), "manual"),
        ({"reason": "manual"}, "manual"),
    ],
)
def test_each_way_of_asking_starts_a_run_that_knows_why(runner, capsys, event, reason):
    answer = _handle(event)
    assert answer == {
        "outcome": "STARTED", "reason": reason, "run": "arn:execution/0", "fence": "1",
    }  # fmt: skip
    (call,) = runner.calls
    assert call["PipelineName"] == SETTINGS.target
    assert call["PipelineParameters"] == [{"Name": "Reason", "Value": reason}]
    assert 32 <= len(call["ClientRequestToken"]) <= 128
    assert metrics(capsys.readouterr().out) == {"RetrainStarted": 1}


@pytest.mark.parametrize(
    "event",
    [_alarm(value="OK"), _alarm(value="INSUFFICIENT_DATA"), _ended("a", "Executing")],
)
def test_news_that_ask_for_nothing_start_nothing(runner, event):
    assert _handle(event) == {"outcome": "NOTHING_TO_DO"}
    assert runner.calls == []


class Atomic:
    """DynamoDB's promise about one item, which moto's threads do not keep."""

    def __init__(self, dynamodb):
        self._dynamodb, self._lock = dynamodb, Lock()

    def update_item(self, **asked):
        with self._lock:
            return self._dynamodb.update_item(**asked)


@pytest.mark.parametrize("same", [True, False])
def test_of_eight_requests_at_once_one_starts_a_run(runner, monkeypatch, same):
    dynamodb = Atomic(client("dynamodb"))
    monkeypatch.setattr(lease, "client", lambda service: dynamodb)
    events = [_manual("one" if same else f"cause {i}") for i in range(8)]
    with ThreadPoolExecutor(8) as pool:
        outcomes = [answer["outcome"] for answer in pool.map(_handle, events)]
    assert sorted(outcomes) == ["ALREADY_RUNNING"] * 7 + ["STARTED"]
    assert len(runner.calls) == 1


def test_a_run_that_ended_lets_the_next_start(runner):
    run = _handle(_manual("one"))["run"]
    assert _handle(_ended(run, "Failed"))["outcome"] == "ENDED"
    assert _handle(_manual("two"))["fence"] == "2"
    assert len(runner.calls) == 2


def _days():
    return int(_handle(_ours(RETRAIN_AGE_ASKED))["days"])


def test_a_run_that_looked_and_trained_nothing_frees_the_lease_and_is_no_retrain(runner, clock):
    _days()
    clock.now += 3 * 24 * HOUR
    run = _handle(_alarm())["run"]
    runner.steps = {"Process", "Needed"}
    assert _handle(_ended(run)) == {"outcome": "ENDED", "run": run, "status": "Skipped"}
    assert runner.asked == [{"PipelineExecutionArn": run, "MaxResults": 100}]
    assert _days() == 3
    assert _handle(_alarm(at="later"))["outcome"] == "COOLING_DOWN"
    runner.steps |= {"Register"}
    run = _handle(_manual())["run"]
    assert _handle(_ended(run))["status"] == "Succeeded"
    assert _days() == 0


def test_a_step_that_was_not_done_registers_nothing(runner, monkeypatch):
    run = _handle(_manual())["run"]
    told = [{"StepName": "Register", "StepStatus": "Stopped"}]
    monkeypatch.setattr(
        runner, "list_pipeline_execution_steps", lambda **_: {"PipelineExecutionSteps": told}
    )
    assert _handle(_ended(run))["status"] == "Skipped"


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_steps_are_asked_for_only_where_a_run_is_said_to_have_succeeded(runner, status):
    run = _handle(_manual())["run"]
    assert _handle(_ended(run, status))["status"] == status
    assert runner.asked == []


def test_where_nobody_says_how_a_run_ended_nothing_is_noted_until_somebody_does(runner, clock):
    _days()
    clock.now += 3 * 24 * HOUR
    run = _handle(_manual("one"))["run"]
    denied = {"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}
    runner.failing = ClientError(denied, "ListPipelineExecutionSteps")
    with pytest.raises(ClientError):
        _handle(_ended(run))
    assert _days() == 3
    runner.failing = None
    assert _handle(_manual("two"))["outcome"] == "ALREADY_RUNNING"
    assert _handle(_ended(run))["outcome"] == "ENDED"  # Lambda tries an event again
    assert _days() == 0


def test_the_end_of_another_run_frees_nothing():
    _handle(_manual("one"))
    assert _handle(_ended("arn:execution/by-hand"))["outcome"] == "NOT_HELD"
    assert _handle(_manual("two"))["outcome"] == "ALREADY_RUNNING"


def test_the_end_of_a_run_whose_lease_passed_on_frees_nothing(clock):
    first = _handle(_manual("one"))["run"]
    clock.now += HOUR
    _handle(_manual("two"))
    assert _handle(_ended(first))["outcome"] == "NOT_HELD"
    assert _handle(_manual("three"))["outcome"] == "ALREADY_RUNNING"


def test_a_holder_that_never_reported_back_loses_its_lease(clock):
    _handle(_manual("one"))
    clock.now += 30 * 60
    assert _handle(_manual("two"))["outcome"] == "ALREADY_RUNNING"
    clock.now += 1
    assert _handle(_manual("two")) | {"run": ""} == {
        "outcome": "STARTED", "reason": "manual", "run": "", "fence": "2",
    }  # fmt: skip


def test_requests_of_machines_wait_for_the_cooldown_and_people_do_not(clock):
    run = _handle(_alarm())["run"]
    _handle(_ended(run))
    again = _alarm(at="2026-11-21T10:30:00.000+0000")
    clock.now += HOUR - 1
    assert _handle(again)["outcome"] == "COOLING_DOWN"
    _handle(_ended(_handle(_manual())["run"]))
    clock.now += HOUR - 1
    assert _handle(again)["outcome"] == "COOLING_DOWN"
    clock.now += 1
    assert _handle(again)["outcome"] == "STARTED"


def test_an_alarm_that_is_told_twice_starts_one_run(runner, clock):
    _handle(_ended(_handle(_alarm())["run"]))
    clock.now += 2 * HOUR
    assert _handle(_alarm())["outcome"] == "DUPLICATE"
    assert len(runner.calls) == 1


def test_the_age_of_the_last_retrain_is_told_from_its_success(clock, capsys):
    def days():
        answer = _handle(_ours(RETRAIN_AGE_ASKED))
        assert answer["outcome"] == "AGE_TOLD"
        assert metrics(capsys.readouterr().out) == {"DaysSinceRetrain": int(answer["days"])}
        return int(answer["days"])

    assert days() == 0  # none ever succeeded: counted from when somebody first asked
    clock.now += 3 * 24 * HOUR
    assert days() == 3
    run = _handle(_manual("one"))["run"]
    _handle(_ended(run, "Failed"))
    capsys.readouterr()
    assert days() == 3  # a run that failed makes no model younger
    run = _handle(_manual("two"))["run"]
    _handle(_ended(run))
    capsys.readouterr()
    clock.now += 24 * HOUR - 1
    assert days() == 0
    clock.now += 1
    assert days() == 1


def _refused():
    error = {"Error": {"Code": "ResourceNotFound", "Message": "no such pipeline"}}
    return ClientError(error, "StartPipelineExecution")


def test_a_start_that_aws_refuses_leaves_the_way_free_and_no_cooldown(runner, capsys):
    runner.failing = _refused()
    with pytest.raises(ClientError):
        _handle(_alarm())
    assert "ResourceNotFound: no such pipeline" in capsys.readouterr().out
    runner.failing = None
    assert _handle(_alarm())["outcome"] == "STARTED"


def test_after_a_timeout_only_the_same_request_may_try_again(runner, clock):
    runner.failing = ReadTimeoutError(endpoint_url="https://api")
    with pytest.raises(ReadTimeoutError):
        _handle(_alarm())
    runner.failing = None
    assert _handle(_manual())["outcome"] == "ALREADY_RUNNING"
    assert _handle(_alarm())["outcome"] == "ALREADY_RUNNING"
    clock.now += 61
    assert _handle(_manual())["outcome"] == "ALREADY_RUNNING"
    assert _handle(_alarm())["outcome"] == "STARTED"
    assert len({call["ClientRequestToken"] for call in runner.calls}) == 1


class TestAirflow:
    @pytest.fixture(autouse=True)
    def mwaa(self, monkeypatch):
        monkeypatch.setenv("LEADWISE_ORCHESTRATOR", "mwaa")
        monkeypatch.setenv("LEADWISE_TARGET", "leadwise-prod")
        monkeypatch.setenv("LEADWISE_DAG", "retrain")

    def test_a_dag_run_is_asked_for_by_a_call_to_aws(self, runner):
        answer = _handle(_manual())
        (call,) = runner.calls
        taken = client("mwaa").meta.service_model.operation_model("InvokeRestApi").input_shape
        assert ParamValidator().validate(call, taken).generate_report() == ""
        assert (call["Name"], call["Path"]) == ("leadwise-prod", "/dags/retrain/dagRuns")
        assert call["Body"]["dag_run_id"] == answer["run"]
        assert call["Body"]["conf"] == {"reason": "manual", "run": answer["run"], "fence": 1}
        assert _handle(_ours(RETRAIN_ENDED, run=answer["run"], status="Succeeded")) == {
            "outcome": "ENDED", "run": answer["run"], "status": "Succeeded",
        }  # fmt: skip
        assert runner.asked == []  # the DAG knows what it did

    def test_its_skips_are_no_retrains_and_cool_down_as_a_pipelines_do(self, clock):
        _days()
        clock.now += 3 * 24 * HOUR
        run = _handle(_alarm())["run"]
        told = _handle(_ours(RETRAIN_ENDED, run=run, status="Skipped"))
        assert told == {"outcome": "ENDED", "run": run, "status": "Skipped"}
        assert _days() == 3
        assert _handle(_alarm(at="later"))["outcome"] == "COOLING_DOWN"

    def test_a_run_that_airflow_knows_already_is_ours(self, runner):
        conflict = ClientError({"Error": {"Code": "RestApiClientException"}}, "InvokeRestApi")
        conflict.response["RestApiStatusCode"] = 409
        runner.failing = conflict
        assert _handle(_manual())["outcome"] == "STARTED"


def test_the_request_is_one_that_sagemaker_takes(monkeypatch):
    monkeypatch.setattr(orchestrators, "client", client)
    sagemaker = boto3.client("sagemaker", region_name=REGION)
    sagemaker.create_pipeline(
        PipelineName=SETTINGS.target,
        PipelineDefinition=json.dumps({"Version": "2020-12-01", "Steps": []}),
        ClientRequestToken="t" * 32,
        RoleArn="arn:aws:iam::123456789012:role/pipeline",
    )
    run = _handle(_alarm())["run"]
    found = sagemaker.describe_pipeline_execution(PipelineExecutionArn=run)
    assert found["PipelineExecutionDisplayName"] == "alarm-1"


def test_the_look_at_steps_is_one_that_sagemaker_takes(runner):
    _handle(_ended(_handle(_manual())["run"].replace("arn:", "arn:aws:sagemaker:x:1:pipeline/p/")))
    (asked,) = runner.asked
    taken = client("sagemaker").meta.service_model.operation_model("ListPipelineExecutionSteps")
    assert ParamValidator().validate(asked, taken.input_shape).generate_report() == ""


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({}, InvalidMessage),
        ({"reason": "boredom"}, InvalidMessage),
        ({"reason": "manual", "extra": "x"}, InvalidMessage),
        ({"detail-type": "Weather", "detail": {}}, InvalidMessage),
        ({"detail-type": RETRAIN_WANTED}, InvalidMessage),
        ({"detail-type": "CloudWatch Alarm State Change", "detail": {"state": 3}}, InvalidMessage),
        ({"reason": "manual", "use_case": "churn"}, UnknownName),
    ],
)
def test_what_cannot_be_understood_is_said_and_starts_nothing(runner, event, error):
    with pytest.raises(error):
        _handle(event)
    assert runner.calls == []
