"""Training jobs of SageMaker, as people start and follow them, against moto."""

import io
import json
import tarfile

import boto3
import pytest
from moto import mock_aws
from moto.sagemaker.models import FakeTrainingJob, sagemaker_backends
from typer.testing import CliRunner

from ml.adapters import sagemaker_training
from ml.adapters.sagemaker_training import SagemakerTraining
from ml.cli.app import app
from ml.contract.cloud_settings import TrainingJobSettings
from ml.contract.errors import (
    DependencyUnavailable,
    GateRefused,
    InvalidSettings,
    JobFailed,
    StepMissing,
    UnknownName,
    UsageError,
)
from ml.contract.training_job import RECORD_FILE, Hyperparameters, TrainSettings

JOB = "leadwise-lead-conversion-arrival-20260301-093000"
TOLD = Hyperparameters(moment="arrival", seed=7)
SETTINGS = TrainingJobSettings(
    training_image="1.dkr.ecr.us-east-1.amazonaws.com/leadwise:1",
    training_role="arn:aws:iam::123456789012:role/jobs",
    training_uri="s3://artifacts/trainings/lead_conversion/",
    training_key="arn:aws:kms:us-east-1:123456789012:key/1",
    training_subnets="subnet-1,subnet-2",
    training_groups="sg-1",
    ledger_table="ledger",
    mlflow_uri="http://mlflow",
    mlflow_secret="arn:secret",
)
SAID = {
    "trained": {"model": "m", "version": "4", "estimator": "lightgbm"},
    "verdict": {"approved": True, "reason": "every gate holds", "metrics": {"roc_auc": 0.9}},
}


@pytest.fixture
def aws(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="artifacts")
        yield


@pytest.fixture
def told(aws, monkeypatch):  # noqa: ARG001 - keys first
    for name, value in SETTINGS.to_env().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def leads(tmp_path):
    file = tmp_path / "leads.csv"
    file.write_text("Prospect ID\n1\n")
    return file


def started(leads):
    jobs = SagemakerTraining(SETTINGS, poll_seconds=0)
    jobs.start(JOB, use_case="lead_conversion", source=leads, hyperparameters=TOLD)
    return jobs


def becomes(*statuses, reason=""):
    """What moto says of the job, one after the other; the last stays."""
    job, left = sagemaker_backends["123456789012"]["us-east-1"].training_jobs[JOB], list(statuses)
    described = job.response_object

    def now(_job):
        status = left.pop(0) if len(left) > 1 else left[0]
        state = {"TrainingJobStatus": status, "SecondaryStatus": status, "FailureReason": reason}
        return described | state

    FakeTrainingJob.response_object = property(now)


@pytest.fixture(autouse=True)
def _as_moto_has_it():
    kept = FakeTrainingJob.response_object
    yield
    FakeTrainingJob.response_object = kept


def finish(said=SAID, file=RECORD_FILE):
    """Leave what a job's container leaves."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        text = json.dumps(said).encode()
        entry = tarfile.TarInfo(file)
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text))
    model = boto3.client("sagemaker").describe_training_job(TrainingJobName=JOB)
    uri = model["ModelArtifacts"]["S3ModelArtifacts"]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    key = key.replace("model.tar.gz", "output.tar.gz")
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=content.getvalue())


@pytest.mark.usefixtures("aws")
def test_a_job_is_asked_for_by_the_container_contract(leads):
    watched = {}  # moto forgets the environment
    boto3.setup_default_session()
    boto3.DEFAULT_SESSION.events.register(
        "provide-client-params.sagemaker.CreateTrainingJob",
        lambda params, **_: watched.update(params),
    )
    started(leads)
    asked = boto3.client("sagemaker").describe_training_job(TrainingJobName=JOB)
    (channel,) = asked["InputDataConfig"]
    source = channel["DataSource"]["S3DataSource"]["S3Uri"]
    bucket, _, key = source.removeprefix("s3://").partition("/")
    sent = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert (channel["ChannelName"], sent) == ("training", leads.read_bytes())
    assert asked["HyperParameters"] == {"moment": "arrival", "seed": "7"}
    assert asked["AlgorithmSpecification"]["TrainingImage"] == SETTINGS.training_image
    assert asked["VpcConfig"]["Subnets"] == ["subnet-1", "subnet-2"]
    assert asked["ResourceConfig"]["VolumeKmsKeyId"] == SETTINGS.training_key
    told = TrainSettings.from_env(watched["Environment"])
    assert (told.mlflow_uri, told.ledger_table, told.who) == ("http://mlflow", "ledger", JOB)


@pytest.mark.usefixtures("aws")
def test_a_job_is_followed_to_its_end_and_its_record_fetched(leads):
    jobs = started(leads)
    becomes("InProgress", "InProgress", "Stopping", "Completed")
    assert [state.status for state in jobs.states(JOB)] == ["InProgress", "Stopping", "Completed"]
    finish()
    said = jobs.record(JOB)
    assert (said["job"], said["trained"]["version"]) == (JOB, "4")
    assert said["model"].endswith("/model.tar.gz")


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_a_job_that_did_not_end_well_says_why(leads, status):
    jobs = started(leads)
    becomes("InProgress", status, reason="AlgorithmError: the file\nholds no leads")
    with pytest.raises(JobFailed, match=f"as {status}: AlgorithmError: the file holds no leads"):
        list(jobs.states(JOB))


@pytest.mark.usefixtures("aws")
def test_what_another_image_left_is_no_record(leads):
    jobs = started(leads)
    finish(file="other.json")
    with pytest.raises(DependencyUnavailable, match=r"holds no trained.json"):
        jobs.record(JOB)


@pytest.mark.usefixtures("aws")
def test_a_job_that_is_not_there_is_named(leads):
    with pytest.raises(DependencyUnavailable, match="'leadwise-none'"):
        list(started(leads).states("leadwise-none"))


def typed(*words):
    return CliRunner().invoke(app, ["train", "lead_conversion", *map(str, words)])


@pytest.fixture
def named(monkeypatch):
    """Every job gets the name that the tests know, and is looked at without a pause."""
    monkeypatch.setattr("ml.cli.training.job_name", lambda *_: JOB)
    monkeypatch.setattr(sagemaker_training.time, "sleep", lambda _seconds: None)


@pytest.mark.usefixtures("told", "named")
def test_the_command_starts_a_job_and_leaves_it(leads):
    done = typed("--where", "sagemaker", "--data", leads, "--seed", 7, "--no-wait", "--json")
    assert json.loads(done.stdout) == {
        "job": JOB,
        "follow": f"leadwise train lead_conversion --where sagemaker --job {JOB}",
    }


@pytest.mark.usefixtures("told", "named")
def test_the_command_follows_a_job_and_shows_what_it_registered(leads):
    started(leads)
    finish()
    done = typed("--where", "sagemaker", "--job", JOB, "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["trained"]["version"] == "4"
    assert "version 4" in typed("--where", "sagemaker", "--job", JOB).stdout


@pytest.mark.usefixtures("told", "named")
def test_a_challenger_that_a_gate_refuses_ends_the_command_with_code_3(leads):
    started(leads)
    finish(said=SAID | {"verdict": {"approved": False, "reason": "roc_auc is low", "metrics": {}}})
    done = typed("--where", "sagemaker", "--job", JOB)
    assert isinstance(done.exception, GateRefused)
    assert "version 4 may not be promoted: roc_auc is low" in str(done.exception)


@pytest.mark.usefixtures("told", "named")
def test_ctrl_c_leaves_the_job_and_says_how_to_follow_it(leads, monkeypatch):
    started(leads)
    becomes("InProgress")

    def interrupted(_seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(sagemaker_training.time, "sleep", interrupted)
    done = typed("--where", "sagemaker", "--job", JOB)
    assert "the job goes on; follow it with: leadwise train lead_conversion --where" in done.stderr


@pytest.mark.parametrize(
    ("words", "kind", "says"),
    [
        (("--where", "moon"), UnknownName, "laptop, sagemaker"),
        (("--where", "sagemaker"), InvalidSettings, "LEADWISE_TRAINING_IMAGE"),
        (("--no-wait",), UsageError, "--where sagemaker"),
        (("--where", "sagemaker", "--engine", "spark"), UsageError, "--engine"),
        (("--seed", "-1"), UsageError, "seed is -1"),
        (("--moment", "dawn"), UnknownName, "'dawn'"),
    ],
)
def test_bad_words_are_one_line_with_exit_code_2(words, kind, says):
    done = typed(*words)
    assert isinstance(done.exception, kind)
    assert says in str(done.exception)
    assert done.exception.exit_code == 2


@pytest.mark.usefixtures("told")
def test_a_home_without_a_file_says_which_step_is_missing(tmp_path):
    done = typed("--where", "sagemaker", "--home", tmp_path / "home")
    assert isinstance(done.exception, StepMissing)
    assert "'ingest'" in str(done.exception)


@pytest.mark.usefixtures("told")
def test_a_service_that_is_away_is_one_line_with_exit_code_4(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    done = typed("--where", "sagemaker", "--job", JOB)
    assert isinstance(done.exception, DependencyUnavailable)
    assert done.exception.exit_code == 4
    assert "is away" in str(done.exception)
    assert "\n" not in str(done.exception)
