"""What is shipped to Lambda: the same bytes each time, and every handler runs from them."""

import filecmp
import json
from pathlib import Path

import aws_cdk as cdk
import boto3
import pytest
from aws_cdk import aws_lambda as lambda_

from infra import lambda_wheels, source_assets
from infra.source_assets import assemble_lambdas, lambda_code
from ml.contract.cloud_settings import (
    TABLE_KEY,
    IntakeSettings,
    NotifierSettings,
    RetrainTriggerSettings,
    ScoreLeadSettings,
    WarehouseSetupSettings,
)
from ml.contract.errors import DependencyUnavailable
from ml.contract.requests.routes import SCORE
from ml.use_cases import find
from tests.support import ROOT
from tests.support.cdk import context
from tests.support.lambda_package import invoke, python, runtime
from tests.support.lambdas import REGION, file_event, listener, queue_event

HANDLERS = ("intake", "retrain_trigger", "notifier", "score_lead", "warehouse_setup")
USE_CASE = "lead_conversion"
# What would double a cold start.
DEAR = tuple(
    f"aws_lambda_powertools.{each}"
    for each in ("event_handler", "utilities.batch", "utilities.data_classes", "utilities.parser")
)
MOST_MODULES = 620  # of which botocore, urllib3 and the standard library are nearly all


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return assemble_lambdas(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return runtime(tmp_path_factory.mktemp("runtime"))


@pytest.fixture
def run(package, own, moto_server):
    """Run a handler from the package against moto: `run("intake", event, settings)`."""
    aws = {
        "AWS_ENDPOINT_URL": moto_server,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    return lambda module, event, settings: invoke(
        package, own, module, event, {**aws, **settings.to_env()}
    )


@pytest.fixture
def aws(moto_server):
    """Clients of that moto: `aws("s3")`."""
    named = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return lambda service: boto3.client(
        service, endpoint_url=moto_server, region_name=REGION, **named
    )


def _files(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def test_the_package_is_the_same_each_time(package, tmp_path):
    again = assemble_lambdas(tmp_path)
    names = [str(path) for path in _files(package)]
    assert names == [str(path) for path in _files(again)]
    assert filecmp.cmpfiles(package, again, names, shallow=False)[1:] == ([], [])


def test_it_holds_the_handlers_and_the_light_half_and_nothing_heavy(package):
    names = {path.as_posix() for path in _files(package)}
    assert {f"lambdas/{name}.py" for name in HANDLERS} <= names
    assert {"ml/__init__.py", "ml/contract/messages.py", f"ml/use_cases/{USE_CASE}.py"} <= names
    parts = {path.parts[0] for path in _files(package)}
    assert {name for name in parts if not name.endswith((".dist-info", "-stubs"))} == {
        "aws_lambda_powertools", "aws_xray_sdk", "lambdas", "ml", "typing_extensions.py", "wrapt",
    }  # fmt: skip
    assert {path.parts[1] for path in _files(package) if path.parts[0] == "ml"} == {
        "__init__.py", "contract", "use_cases", "webhooks.py",
    }  # fmt: skip


def test_it_holds_no_trace_of_the_machine_that_made_it(package):
    left = ("__pycache__", "RECORD", "INSTALLER", "REQUESTED", ".lock")
    assert [path for path in _files(package) if path.suffix == ".pyc" or path.name in left] == []
    texts = [path for path in package.rglob("*") if path.suffix in {".py", ".txt", ".json"}]
    assert [path for path in texts if str(ROOT).encode() in path.read_bytes()] == []


def test_its_compiled_parts_are_for_lambdas_processor_and_python(package):
    compiled = {path.name for path in _files(package) if path.suffix == ".so"}
    assert compiled
    assert all("cpython-313-aarch64-linux" in name for name in compiled)


def test_packages_that_were_not_fetched_are_one_clear_line(tmp_path):
    with pytest.raises(DependencyUnavailable, match=r"requirements|make setup") as refused:
        lambda_wheels.installed(home=tmp_path)
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith("fetch them: make setup")


def test_another_lock_has_a_folder_of_its_own(tmp_path):
    lock = tmp_path / "lambda.txt"
    lock.write_text("other==1")
    assert lambda_wheels.folder(lock) != lambda_wheels.folder()


def test_packages_that_are_there_are_not_fetched_again(tmp_path):
    lambda_wheels.folder(home=tmp_path).mkdir()
    lambda_wheels.fetch("no-such-installer", home=tmp_path)


def _asset_hashes(folder: Path, **extra):
    app = cdk.App(context=context(**extra), outdir=str(folder))
    for name in ("dev", "prod"):
        stack = cdk.Stack(cdk.Stage(app, name), "stack")
        for number in range(2):
            lambda_.Function(
                stack,
                f"Function{number}",
                runtime=lambda_.Runtime.PYTHON_3_13,
                handler="lambdas.intake.handler",
                code=lambda_code(stack),
            )
    app.synth()
    return [path.name for path in folder.glob("asset.*")]


def test_all_functions_share_one_asset_whose_name_does_not_change(tmp_path):
    everything = {"aws:cdk:bundling-stacks": ["**"]}
    first = _asset_hashes(tmp_path / "first", **everything)
    assert len(first) == 1
    assert _asset_hashes(tmp_path / "second", **everything) == first
    assert (tmp_path / "first" / first[0] / "aws_lambda_powertools").is_dir()


def test_stacks_that_are_not_bundled_need_no_packages(tmp_path, monkeypatch):
    def put_together(assemble):
        raise AssertionError(f"{assemble.__name__} was called")

    monkeypatch.setattr(source_assets, "_put_together", put_together)
    assert len(_asset_hashes(tmp_path / "out")) == 1


def test_synth_without_the_packages_stops_with_that_line(tmp_path, monkeypatch):
    def missing(*_):
        raise DependencyUnavailable("fetch them: make setup")

    source_assets._put_together.cache_clear()
    monkeypatch.setattr(lambda_wheels, "installed", missing)
    with pytest.raises(DependencyUnavailable, match="make setup"):
        _asset_hashes(tmp_path, **{"aws:cdk:bundling-stacks": ["**"]})


def _table(aws, name):
    aws("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": TABLE_KEY, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": TABLE_KEY, "AttributeType": "S"}],
    )
    return name


def test_intake_runs_from_the_package(run, aws):
    bucket, job = "package-raw", "package-clean"
    s3, glue = aws("s3"), aws("glue")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    header = ",".join(column.source for column in find(USE_CASE).schema.columns)
    version = s3.put_object(Bucket=bucket, Key="a.csv", Body=f"{header}\n".encode())["VersionId"]
    command = {"Name": "glueetl", "ScriptLocation": "s3://scripts/clean.py"}
    glue.create_job(
        Name=job,
        Role="arn:aws:iam::123456789012:role/glue",
        Command=command,
        ExecutionProperty={"MaxConcurrentRuns": 3},
    )
    settings = IntakeSettings(
        use_case=USE_CASE, glue_job=job, idempotency_table=_table(aws, "package-seen")
    )
    event = queue_event(file_event(bucket, "a.csv", version))
    for _ in range(2):
        answer, _log = run("intake", event, settings)
        assert answer == {"batchItemFailures": []}
    (started,) = glue.get_job_runs(JobName=job)["JobRuns"]
    assert started["Arguments"]["--version_id"] == version


def test_retrain_trigger_runs_from_the_package(run, aws):
    pipeline = "package-retrain"
    sagemaker = aws("sagemaker")
    sagemaker.create_pipeline(
        PipelineName=pipeline,
        PipelineDefinition=json.dumps({"Version": "2020-12-01", "Steps": []}),
        ClientRequestToken="t" * 32,
        RoleArn="arn:aws:iam::123456789012:role/pipeline",
    )
    settings = RetrainTriggerSettings(
        use_case=USE_CASE,
        orchestrator="pipeline",
        target=pipeline,
        lease_table=_table(aws, "package-leases"),
        cooldown_minutes=60,
        lease_minutes=60,
    )
    outcomes = [
        run("retrain_trigger", {"reason": "manual", "cause": cause}, settings)[0]["outcome"]
        for cause in ("one", "two")
    ]
    assert outcomes == ["STARTED", "ALREADY_RUNNING"]
    runs = sagemaker.list_pipeline_executions(PipelineName=pipeline)
    assert len(runs["PipelineExecutionSummaries"]) == 1


def test_notifier_runs_from_the_package(run, aws):
    secret = aws("secretsmanager").create_secret(Name="package-channels", SecretString="{}")
    settings = NotifierSettings(
        environment="dev",
        channels_secret=secret["ARN"],
        email_topic=aws("sns").create_topic(Name="package-mail")["TopicArn"],
        dedup_table=_table(aws, "package-incidents"),
    )
    sns = {"TopicArn": "leadwise-dev-critical", "MessageId": "m", "Message": "Look!"}
    answers = [run("notifier", {"Records": [{"Sns": sns | {"MessageId": id}}]}, settings)[0]
               for id in ("m1", "m2")]  # fmt: skip
    assert answers == [{"told": 1}, {"told": 0}]


def test_score_lead_runs_from_the_package(run):
    settings = ScoreLeadSettings(use_case=USE_CASE, moment="engaged")
    event = {
        "rawPath": SCORE,
        "headers": {"content-type": "application/json"},
        "body": '{"total_visits": 5}',
    }
    answer, log = run("score_lead", event, settings)
    assert answer["statusCode"] == 503
    assert '"ScoringFailed"' in log
    assert '"service":"score_lead"' in log


def test_warehouse_setup_runs_from_the_package(run):
    settings = WarehouseSetupSettings(
        workgroup="w", database="d", admin_secret="s", use_case=USE_CASE
    )
    with listener() as formation:
        event = {
            "RequestType": "Delete", "RequestId": "r", "StackId": "s", "LogicalResourceId": "l",
            "PhysicalResourceId": "p", "ResponseURL": formation.url, "ResourceProperties": {},
        }  # fmt: skip
        run("warehouse_setup", event, settings)
        assert formation.got[0][1]["Status"] == "SUCCESS"


def _loaded_by(name, package, own):
    paths = f"sys.path[:0] = ['{package}', '{own}']"
    code = f"import sys; {paths}; import lambdas.{name}; print(*sys.modules)"
    env = {"LAMBDA_TASK_ROOT": str(package), "AWS_DEFAULT_REGION": REGION}
    return set(python(code, env=env).stdout.split())


@pytest.mark.parametrize("name", HANDLERS)
def test_a_handler_loads_little(package, own, name):
    # Milliseconds differ between machines (`make bench` has them); what is loaded does not.
    loaded = _loaded_by(name, package, own)
    assert f"lambdas.{name}" in loaded
    assert not {module for module in loaded if module.startswith(DEAR)}
    assert len(loaded) <= MOST_MODULES
