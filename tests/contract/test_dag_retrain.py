"""The retrain DAG: starts one run, waits for it, says how it ended, and gives the lease back."""

import ast
import importlib.util
import json
import re
import sys
from types import ModuleType, SimpleNamespace

import boto3
import pytest
from botocore.validate import ParamValidator

from infra.source_assets import assemble_dags
from lambdas.retraining.events import read
from ml.contract.cloud_settings import RetrainDagSettings
from ml.contract.messages import RetrainEnded
from tests.support import ROOT
from tests.support.event_bridge import ACCOUNT

PIPELINE = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline/leadwise-prod-retrain"
SETTINGS = RetrainDagSettings(use_case="lead_conversion", pipeline=PIPELINE, patience_minutes=480)


class Retryable(Exception):
    """Airflow tries again."""


class Final(Exception):
    """Airflow does not."""


class Airflow:
    """Airflow as far as the file asks it: tasks stay functions, and remember how they were set."""

    def __init__(self):
        self.tasks, self.dags, self.calls = {}, {}, []
        sensor = self._decorator("sensor")
        self.task = self._decorator("task")
        self.task.sensor = sensor

    def _decorator(self, kind):
        def decorator(**options):
            def decorate(work):
                self.tasks[work.__name__] = SimpleNamespace(work=work, kind=kind, **options)

                def call(*given):
                    self.calls.append((work.__name__, given))
                    return f"<{work.__name__}>"

                return call

            return decorate

        return decorator

    def dag(self, **options):
        def decorate(work):
            self.dags[options["dag_id"]] = options
            return work

        return decorate


def _module(name, **members):
    module = ModuleType(name)
    vars(module).update(members)
    return module


def _airflow_3(airflow):
    class PokeReturnValue(SimpleNamespace):
        pass

    names = {"dag": airflow.dag, "task": airflow.task, "PokeReturnValue": PokeReturnValue}
    return [_module("airflow.sdk", **names)]


def _airflow_2(airflow):
    class PokeReturnValue(SimpleNamespace):
        pass

    return [
        _module("airflow.decorators", dag=airflow.dag, task=airflow.task),
        _module("airflow.sensors"),
        _module("airflow.sensors.base", PokeReturnValue=PokeReturnValue),
    ]


@pytest.fixture(params=[_airflow_3, _airflow_2], ids=["3", "2"])
def airflow(request, monkeypatch):
    """The DAG file, read by one generation of Airflow."""
    for name, value in SETTINGS.to_env().items():
        monkeypatch.setenv(name, value)
    airflow = Airflow()
    errors = {"AirflowException": Retryable, "AirflowFailException": Final}
    base = [_module("airflow"), _module("airflow.exceptions", **errors)]
    for module in [*base, *request.param(airflow)]:
        monkeypatch.setitem(sys.modules, module.__name__, module)
    spec = importlib.util.spec_from_file_location("retrain_dag", ROOT / "dags" / "retrain.py")
    airflow.file = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(airflow.file)
    return airflow


class Aws:
    """SageMaker and EventBridge; what they are asked must be what they take."""

    def __init__(self):
        self.asked, self.status, self.refused = [], "Executing", 0

    def client(self, service):
        model = boto3.client(service, region_name="us-east-1").meta.service_model
        names = {"sagemaker": ("StartPipelineExecution", "DescribePipelineExecution")}
        for name in names.get(service, ("PutEvents",)):
            shape = model.operation_model(name).input_shape
            call = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
            setattr(self, call, self._call(call, shape))
        return self

    def _call(self, name, shape):
        def call(**asked):
            assert ParamValidator().validate(asked, shape).generate_report() == ""
            self.asked.append((name, asked))
            return {
                "PipelineExecutionArn": f"{PIPELINE}/execution/1",
                "PipelineExecutionStatus": self.status,
                "FailedEntryCount": self.refused,
            }

        return call


@pytest.fixture
def aws(airflow, monkeypatch):
    aws = Aws()
    monkeypatch.setattr(airflow.file, "_client", aws.client)
    return aws


def test_one_dag_that_only_the_lambda_starts_and_never_two_runs_of_it(airflow):
    dag = airflow.dags["retrain_lead_conversion"]
    assert (dag["schedule"], dag["catchup"], dag["max_active_runs"]) == (None, False, 1)
    assert "button that clears" in dag["doc_md"]


def test_start_wait_announce_in_this_order(airflow):
    assert airflow.calls == [
        ("start", ()), ("finished", ("<start>",)), ("announce", ("<finished>",)),
    ]  # fmt: skip
    assert airflow.tasks["announce"].trigger_rule == "all_done"


def test_a_run_is_started_with_its_reason_and_once_however_often_it_is_tried(airflow, aws):
    start = airflow.tasks["start"].work
    run = SimpleNamespace(conf={"reason": "drift", "run": "drift-7", "fence": 7})
    assert start(run_id="drift-7", dag_run=run) == f"{PIPELINE}/execution/1"
    start(run_id="drift-7", dag_run=run)
    start(run_id="drift-8", dag_run=run)
    tokens = [asked["ClientRequestToken"] for _, asked in aws.asked]
    assert tokens[0] == tokens[1] != tokens[2]
    assert aws.asked[0][1]["PipelineParameters"] == [{"Name": "Reason", "Value": "drift"}]


@pytest.mark.parametrize("conf", [None, {}])
def test_a_run_that_a_person_starts_says_so(airflow, aws, conf):
    airflow.tasks["start"].work(run_id="manual", dag_run=SimpleNamespace(conf=conf))
    assert aws.asked[0][1]["PipelineParameters"] == [{"Name": "Reason", "Value": "manual"}]


@pytest.mark.parametrize(
    ("status", "over"),
    [
        ("Executing", False),
        ("Stopping", False),
        ("Succeeded", True),
        ("Failed", True),
        ("Stopped", True),
    ],
)
def test_waiting_holds_no_worker_and_ends_with_the_run(airflow, aws, status, over):
    sensor = airflow.tasks["finished"]
    assert (sensor.kind, sensor.mode, sensor.timeout) == ("sensor", "reschedule", 480 * 60)
    aws.status = status
    answer = sensor.work(f"{PIPELINE}/execution/1")
    assert (answer.is_done, answer.xcom_value) == (over, status)


@pytest.mark.parametrize("status", ["Succeeded", "Failed", "Stopped", None])
def test_the_end_is_announced_as_the_lambda_reads_it(airflow, aws, status):
    announce = airflow.tasks["announce"].work
    if status == "Succeeded":
        announce(status, run_id="drift-7")
    else:  # the page must show a run that did not end well as failed
        with pytest.raises(Final, match=status or "Failed"):
            announce(status, run_id="drift-7")
    ((_, asked),) = aws.asked
    (entry,) = asked["Entries"]
    assert entry["Resources"] == [PIPELINE]
    event = {"detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}
    assert read(event, "lead_conversion", "id") == RetrainEnded(
        use_case="lead_conversion", run="drift-7", status=status or "Failed"
    )


def test_an_announcement_that_is_not_taken_is_tried_again(airflow, aws):
    aws.refused = 1
    with pytest.raises(Retryable, match="did not take"):
        airflow.tasks["announce"].work("Succeeded", run_id="drift-7")
    assert airflow.tasks["announce"].retries == 3


def test_dags_import_only_what_airflow_is_given(tmp_path):
    dags = assemble_dags(tmp_path) / "dags"
    lock = (ROOT / "requirements" / "mwaa.txt").read_text()
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    wanted = {name for file in dags.rglob("*.py") for name in _imports(file)}
    outside = {name.partition(".")[0] for name in wanted} - set(sys.stdlib_module_names)
    assert outside == {"airflow", "boto3", "ml"}
    assert {"apache-airflow", "boto3"} <= locked
    missing = [n for n in wanted if n.startswith("ml.") and not _is_there(dags, n)]
    assert missing == []


def _imports(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _is_there(dags, name):
    path = dags / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()
