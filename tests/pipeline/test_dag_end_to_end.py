"""The DAG and the jobs it starts, all really run: on Airflow, moto's AWS and the Data API."""

import hashlib
import json
import subprocess
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import boto3
import pytest

from ml.adapters.s3_folder import S3Folder
from ml.core.generator.scenario import Scenario
from ml.core.sample import write_csv
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.airflow.account import ARTIFACTS, account, definition, job_settings
from tests.support.airflow.home import AirflowHome
from tests.support.cloud import mlflow_server
from tests.support.containers import container, container_environment
from tests.support.data_api import DATABASE, ROLE, WORKGROUP, data_api
from tests.support.ledger_table import TABLE

# Nine jobs of the image and five runs of the DAG, which share what processors there are.
pytestmark = pytest.mark.timeout(900)

FIRST, LATER = "2026-01-01.csv", "2026-02-01.csv"


class Containers:
    """Does what SageMaker does with a job: files in, the image's entry point, files out."""

    def __init__(self, folder):
        self.folder, self.env = folder, {}

    def __call__(self, request):
        folder = self.folder / request["ProcessingJobName"]
        data, said, told, tmp = (folder / name for name in ("data", "said", "told", "tmp"))
        for each in (data, said, told, tmp):
            each.mkdir(parents=True)
        for source in request.get("ProcessingInputs", ()):
            brought = source["S3Input"]
            self._bring(brought["S3Uri"], folder / Path(brought["LocalPath"]).name)
        words = [*request["AppSpecification"]["ContainerArguments"], "--data", data, "--said", said]
        done = subprocess.run(
            container(*words, "--verdict", told, tmp=tmp, mounts=[folder]),
            check=False, capture_output=True, text=True, timeout=200,
            env=container_environment(tmp=tmp) | self.env | request["Environment"],
        )  # fmt: skip
        (folder / "log").write_text(done.stdout + done.stderr)
        if done.returncode:
            raise RuntimeError(f"AlgorithmError: {done.stderr[-500:]}")
        (output,) = request["ProcessingOutputConfig"]["Outputs"]
        self._client(output["S3Output"]["S3Uri"] + "/", told).push()

    def _bring(self, uri, folder):
        """A file under its own name; of a folder, its files."""
        parent, _, name = uri.rpartition("/")
        is_file = name.endswith(".csv")
        self._client(f"{parent if is_file else uri}/", folder).pull(name if is_file else "")

    def _client(self, uri, folder):
        return S3Folder(uri, folder)


def leads(**generated):
    content = BytesIO()
    write_csv(LEAD_CONVERSION, content, rows=3_000, **generated)
    return content.getvalue()


@pytest.fixture(scope="module")
def cloud(postgres, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mlflow")
    containers = Containers(tmp_path_factory.mktemp("containers"))
    pipeline = {}
    with (
        account(pipeline, containers) as aws,
        pytest.MonkeyPatch.context() as patched,
        mlflow_server(folder, backend=f"sqlite:///{folder}/mlflow.db") as mlflow,
        data_api(postgres, aws.client("s3")) as redshift,
    ):
        aws.env["AWS_ENDPOINT_URL_REDSHIFT_DATA"] = redshift.url
        # Jobs ask moto itself: what is done in it need not be played.
        containers.env = {n: v for n, v in aws.env.items() if n not in _PLAYED}
        for name, value in containers.env.items():
            patched.setenv(name, value)
        pipeline.update(definition(job_settings(**_made(mlflow))))
        yield aws


_PLAYED = ("AWS_ENDPOINT_URL_GLUE", "AWS_ENDPOINT_URL_SAGEMAKER")


def _made(mlflow):
    """What the other stacks make, and what jobs are told of it."""
    boto3.client("s3").create_bucket(Bucket="lake")
    boto3.client("glue").create_database(DatabaseInput={"Name": "leads"})
    boto3.client("sagemaker").create_model_package_group(
        ModelPackageGroupName="leads", ModelPackageGroupDescription="Champions"
    )
    boto3.client("dynamodb").create_table(TableName="ledger", **TABLE)
    signed = json.dumps({"username": "leadwise", "password": "x"})
    secret = boto3.client("secretsmanager").create_secret(Name="mlflow", SecretString=signed)
    return {
        "mlflow_uri": mlflow, "mlflow_secret": secret["ARN"], "families": "lightgbm",
        "trials": 2, "warehouse_workgroup": WORKGROUP, "warehouse_database": DATABASE,
        "warehouse_role": ROLE,
    }  # fmt: skip


@pytest.fixture(scope="module")
def airflow(cloud, tmp_path_factory):
    home = AirflowHome(tmp_path_factory.mktemp("airflow") / "home", cloud.settings, cloud.env)
    home.migrate()
    yield home
    home.stop()


def outcome_of(cloud, before=()):
    (name,) = [n for n in cloud.left() if n.endswith("outcome.json") and n not in before]
    return json.loads(cloud.left()[name])


def test_the_first_model_is_trained_alike_leads_are_passed_over_and_nothing_is_done_twice(
    airflow, cloud
):
    cloud.bring(FIRST, leads(seed=4))
    first = datetime.now(UTC).isoformat()
    ran = airflow.run(first, reason="drift")
    assert ran["state"] == "success", _logs(cloud)
    trained = outcome_of(cloud)
    assert (trained["trained"], trained["drift"]["state"]) == (True, "NO_MODEL")
    assert trained["package"]["version"] == "1"
    package = trained["package"]["uri"].removeprefix(f"s3://{ARTIFACTS}/")
    assert cloud.client("s3").head_object(Bucket=ARTIFACTS, Key=package)["ContentLength"]

    before, started, left = hashes(cloud), [*cloud.work.started], cloud.left()
    assert airflow.run(first, reason="drift")["state"] == "success"
    assert (hashes(cloud), cloud.work.started) == (before, started)

    cloud.bring(LATER, leads(seed=5))
    ran = airflow.run(datetime.now(UTC).isoformat(), reason="drift")
    assert ran["tasks"]["skip"][0] == "success", _logs(cloud)
    passed = outcome_of(cloud, left)
    assert (passed["trained"], passed["drift"]["state"]) == (False, "OK")
    assert passed["drift"]["drifted_share"] is not None


def test_leads_that_drifted_are_trained_on_though_a_worker_is_killed_meanwhile(airflow, cloud):
    drift = Scenario(arrival_weeks=20, drift_week=0, drift_strength=2.0)
    cloud.bring("2026-03-01.csv", leads(seed=6, scenario=drift))
    before, when = cloud.left(), datetime.now(UTC).isoformat()
    cloud.work.kills = {"train"}
    airflow.run_until_killed(when, reason="alarm")
    airflow.run(when, reason="alarm")
    said = {n: json.loads(c) for n, c in cloud.left().items() if n not in before}
    (checked,) = [words for name, words in said.items() if name.endswith("process.json")]
    assert (checked["drift"]["state"], checked["train"]["needed"]) == ("DRIFTED", True)
    assert any(name.endswith("verdict.json") for name in said), _logs(cloud)
    trainings = [name for name in cloud.work.started if "-train-" in name]
    assert len(trainings) == len(set(trainings)) == 2


def hashes(cloud):
    """Of what runs said, and of the whole home that jobs work on."""
    s3 = cloud.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=ARTIFACTS)
    keys = [each["Key"] for page in pages for each in page.get("Contents", ())]
    read = {key: s3.get_object(Bucket=ARTIFACTS, Key=key)["Body"].read() for key in keys}
    return {key: hashlib.sha256(content).hexdigest() for key, content in read.items()}


def _logs(cloud):
    folder = Path(cloud.work.worker.folder)
    return "\n".join(log.read_text()[-1500:] for log in sorted(folder.rglob("log")))
