"""What containers of the image do, without Docker: jobs on a home in S3, and the endpoint."""

import csv
import hashlib
import io
import json
import subprocess
import tarfile
import time
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
import httpx
import pytest

from infra.pipeline_definition import pipeline_definition
from lambdas.notifying.reading import read
from ml.adapters.dynamodb_ledger import DynamodbLedger
from ml.adapters.s3_folder import S3Folder
from ml.contract.access import AccessMode
from ml.contract.access_settings import AccessSettings
from ml.contract.cloud_settings import ConsoleSettings, EndpointSettings, JobSettings
from ml.contract.errors import DependencyUnavailable, UsageError
from ml.contract.jobs import OUTCOME_FILE, STEPS, VERDICT_FILE, Job, said_file, step_name
from ml.contract.ledger import chain_faults
from ml.contract.names import Approval
from ml.core.generator.scenario import Scenario
from ml.core.sample import sample_csv, write_csv
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.airflow.account import SHAPE, job_settings
from tests.support.cloud import mlflow_server, moto_server
from tests.support.containers import container, container_environment
from tests.support.crawled_lake import CrawledLake
from tests.support.data_api import DATABASE, ROLE, WORKGROUP, data_api
from tests.support.issuer import AUDIENCE
from tests.support.issuing import issuing, token
from tests.support.ledger_table import TABLE
from tests.support.pipeline_runs import run_of
from tests.support.processes import answers, free_port, serve
from tests.support.topics import Topics

MOMENT = LEAD_CONVERSION.default_moment
_KEYS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def run(*words, mounts=(), **env):
    with TemporaryDirectory() as tmp:
        return subprocess.run(
            container(*words, tmp=Path(tmp), mounts=mounts),
            check=False, capture_output=True, text=True, timeout=280,
            env=container_environment(tmp=Path(tmp)) | env,
        )  # fmt: skip


@pytest.fixture(scope="module")
def aws():
    with moto_server() as url, pytest.MonkeyPatch.context() as patched:
        for name, value in (_KEYS | {"AWS_ENDPOINT_URL": url}).items():
            patched.setenv(name, value)
        boto3.client("s3").create_bucket(Bucket="artifacts")
        boto3.client("s3").create_bucket(Bucket="lake")
        boto3.client("glue").create_database(DatabaseInput={"Name": "leads"})
        boto3.client("sagemaker").create_model_package_group(
            ModelPackageGroupName="leads", ModelPackageGroupDescription="Champions"
        )
        yield url


@pytest.fixture(scope="module")
def redshift(aws, postgres):  # noqa: ARG001 - S3 must stand first
    with (
        data_api(postgres, boto3.client("s3")) as server,
        pytest.MonkeyPatch.context() as patched,
    ):
        patched.setenv("AWS_ENDPOINT_URL_REDSHIFT_DATA", server.url)
        yield server


def ledger_table():
    """The ledger as the training stack makes it."""
    made = boto3.client("dynamodb").create_table(TableName="ledger", **TABLE)
    return made["TableDescription"]["TableName"]


@pytest.fixture(scope="module")
def topics(aws):  # noqa: ARG001 - AWS must stand first
    return Topics()


@pytest.fixture(scope="module")
def settings(topics, redshift, tmp_path_factory):  # noqa: ARG001 - AWS must stand first
    secret = boto3.client("secretsmanager").create_secret(
        Name="mlflow", SecretString=json.dumps({"username": "leadwise", "password": "x"})
    )
    folder = tmp_path_factory.mktemp("mlflow")
    with mlflow_server(folder, backend=f"sqlite:///{folder}/mlflow.db") as uri:
        yield JobSettings(
            use_case="lead_conversion",
            home_uri="s3://artifacts/home/lead_conversion/",
            snapshots_database="leads",
            lake_uri="s3://lake/",
            packages_uri="s3://artifacts/packages/lead_conversion/",
            package_group="leads",
            image_uri="image",
            reason="manual",
            watched_as="leadwise-dev-watch",
            ledger_table=ledger_table(),
            who="the test",
            mlflow_uri=uri,
            mlflow_secret=secret["ARN"],
            families="lightgbm",
            trials=3,
            warehouse_workgroup=WORKGROUP,
            warehouse_database=DATABASE,
            warehouse_role=ROLE,
            warehouse_staging="s3://lake/unload/",
            **asdict(topics.settings),
        )


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Where jobs tell what they did and decided."""
    return tmp_path_factory.mktemp("told")


@pytest.fixture(scope="module")
def released(settings, told, tmp_path_factory):
    """What the four jobs printed, each on a machine of its own, and the verdict of `evaluate`."""
    folder = tmp_path_factory.mktemp("jobs")
    for name, seed in (("2026-01-01.csv", 4), ("2026-02-01.csv", 3)):
        with (folder / name).open("wb") as stream:
            write_csv(LEAD_CONVERSION, stream, rows=4_000, seed=seed)
    said = {}
    for job in Job:
        options = ["--data", folder, "--said", told, "--verdict", told]
        done = run("step", *STEPS[job], *options, mounts=[told], **settings.to_env())
        assert done.returncode == 0, done.stderr
        said[job] = json.loads(done.stdout)
    return said, json.loads((told / VERDICT_FILE).read_text())


@pytest.fixture(scope="module")
def model_folder(released, tmp_path_factory):
    """The released package as SageMaker unpacks it."""
    folder = tmp_path_factory.mktemp("opt_ml_model")
    key = released[0][Job.REGISTER]["package"]["uri"].removeprefix("s3://artifacts/")
    content = boto3.client("s3").get_object(Bucket="artifacts", Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        tar.extractall(folder, filter="data")
    return folder


def test_the_jobs_run_every_step_on_the_newest_file_and_hand_the_home_on(released):
    said, verdict = released
    steps = [step["step"] for job in Job for step in said[job]["steps"]]
    assert steps == [
        "ingest",
        "clean",
        "check",
        "snapshot",
        "split",
        "train",
        "evaluate",
        "promote",
        "deploy",
    ]
    assert said[Job.PROCESS]["steps"][0]["record"]["source"] == "2026-02-01.csv"
    assert verdict["approved"] is True
    assert verdict["asked_because"] == "manual"


def pipeline_run(process, verdict=None):
    """What the pipeline does given what jobs have told."""
    definition = pipeline_definition(
        shape=SHAPE, settings=job_settings(), input_uri="", runs_uri=""
    )
    return run_of(definition, {}, {"Process": process, "Evaluate": verdict})


def test_the_pipeline_goes_by_what_jobs_have_told_and_the_last_one_records_the_run(released, told):
    said, verdict = released
    ran = pipeline_run(said[Job.PROCESS], verdict)
    assert ran.jobs == [step_name(job) for job in Job]
    outcome = json.loads((told / OUTCOME_FILE).read_text())
    assert (outcome["trained"], outcome["drift"]["state"]) == (True, "NO_MODEL")
    assert outcome["train"] == said[Job.PROCESS]["train"]
    assert outcome["package"] == said[Job.REGISTER]["package"]


def ledger_of(settings):
    return DynamodbLedger(settings.ledger_table).entries(LEAD_CONVERSION.model_name(MOMENT))


@pytest.mark.usefixtures("released")
def test_the_ledger_of_the_account_tells_of_each_job(settings):
    entries = ledger_of(settings)
    assert [entry.action for entry in entries] == ["train", "gate", "promote", "deploy"]
    assert {entry.who for entry in entries} == {settings.who}
    assert list(chain_faults(entries)) == []


def test_jobs_load_leads_into_the_warehouse_and_leave_nothing_staged(released, redshift):
    rows = released[0][Job.PROCESS]["steps"][1]["record"]["rows"]
    engine = redshift.statements.engine
    with engine.transaction() as connection:
        found = engine.execute(connection, "SELECT count(*) FROM lead_conversion.leads", {})
    assert found.rows == [(rows["accepted"],)]
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket="lake", Prefix="unload/")


def test_the_package_lies_under_its_own_hash_and_is_registered_for_approval(released):
    package = released[0][Job.REGISTER]["package"]
    uri = package["uri"]
    assert uri == f"s3://artifacts/packages/lead_conversion/{package['sha256']}/model.tar.gz"
    s3 = boto3.client("s3")
    key = uri.removeprefix("s3://artifacts/")
    content = s3.get_object(Bucket="artifacts", Key=key)["Body"].read()
    beside = s3.get_object(Bucket="artifacts", Key=f"{key}.sha256")["Body"].read().decode()
    assert hashlib.sha256(content).hexdigest() == package["sha256"]
    assert beside == f"{package['sha256']}  model.tar.gz\n"
    described = boto3.client("sagemaker").describe_model_package(ModelPackageName=package["arn"])
    assert described["ModelApprovalStatus"] == "PendingManualApproval"
    assert described["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] == uri
    told = described["CustomerMetadataProperties"]
    frozen, judged = (_record(released, job) for job in (Job.PROCESS, Job.EVALUATE))
    assert told["snapshot_hash"] == frozen["canonical_hash"]
    assert (told["moment"], told["version"]) == (MOMENT.name, judged["version"])
    assert {name for name in told if name.startswith("gate")}
    assert told["code_version"]
    quality = _figures(described["ModelMetrics"]["ModelQuality"]["Statistics"])
    auc = quality["binary_classification_metrics"]["auc"]
    assert auc["value"] == judged["metrics"]["roc_auc"]
    assert 0 < auc["standard_deviation"] < 0.1
    explained = _figures(described["ModelMetrics"]["Explainability"]["Report"])
    moved = explained["explanations"]["kernel_shap"]["label0"]["global_shap_values"]
    assert max(moved.values()) > 0
    baseline = described["ModelMetrics"]["ModelDataQuality"]
    statistics, constraints = (_figures(baseline[name]) for name in ("Statistics", "Constraints"))
    columns = {column.source for column in LEAD_CONVERSION.schema.features(MOMENT)}
    assert {feature["name"] for feature in statistics["features"]} == columns
    assert {feature["name"] for feature in constraints["features"]} == columns
    assert 0 < statistics["dataset"]["item_count"] < frozen["rows"]


def _record(released, job):
    return released[0][job]["steps"][-2 if job is Job.PROCESS else -1]["record"]


def _figures(source):
    """A file of the registry, which is what its digest says."""
    bucket, _, key = source["S3Uri"].removeprefix("s3://").partition("/")
    content = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert source["ContentDigest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    return json.loads(content)


def test_a_job_that_runs_again_packs_the_same_bytes_and_approves_where_the_verdict_may(
    released, settings, told, tmp_path
):
    automatic = replace(settings, approval=Approval.AUTOMATIC.value)
    words = ("step", *STEPS[Job.REGISTER], "--said", told, "--verdict", tmp_path)
    again = run(*words, mounts=[tmp_path], **automatic.to_env())
    assert again.returncode == 0, again.stderr
    first, second = released[0][Job.REGISTER]["package"], json.loads(again.stdout)["package"]
    assert second["sha256"] == first["sha256"]
    described = boto3.client("sagemaker").describe_model_package(ModelPackageName=second["arn"])
    assert described["ModelApprovalStatus"] == "Approved"


def test_the_endpoint_answers_ping_and_scores_from_a_package_it_cannot_write_to(
    model_folder, tmp_path
):
    port = free_port()
    settings = EndpointSettings(
        use_case="lead_conversion", moment=MOMENT.name, model_folder=str(model_folder), port=port
    )
    for path in [model_folder, *model_folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = sorted(model_folder.rglob("*"))
    env = container_environment(settings, tmp=tmp_path)
    url = f"http://127.0.0.1:{port}"
    with serve(container("serve", tmp=tmp_path), ready=answers(f"{url}/ping"), env=env):
        answer = httpx.post(
            f"{url}/invocations",
            content=sample_csv(LEAD_CONVERSION, rows=3, seed=1),
            headers={"Content-Type": "text/csv"},
            trust_env=False,
        )
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.status_code == 200
    assert [row["status"] for row in rows] == ["scored"] * 3
    assert sorted(model_folder.rglob("*")) == before


def console_settings(settings, **changed):
    return ConsoleSettings(
        use_case="lead_conversion", moment=MOMENT.name, home_uri=settings.home_uri,
        receipts_table="receipts", ledger_table=settings.ledger_table, environment="staging",
        pipeline="leadwise-staging-retrain", **changed,
    )  # fmt: skip


@pytest.fixture(scope="module")
def console(released, settings, tmp_path_factory):  # noqa: ARG001 - something must serve
    """Asks the console's container for a page, as somebody in a group or as nobody."""
    tmp = tmp_path_factory.mktemp("console")
    port, issuer = free_port(), f"http://127.0.0.1:{free_port()}"
    doors = AccessSettings(mode=AccessMode.OIDC, issuer=issuer, audience=AUDIENCE)
    env = container_environment(console_settings(settings, port=port), tmp=tmp)
    ready = answers(f"http://127.0.0.1:{port}/ping")
    with (
        issuing(issuer),
        serve(container("console", tmp=tmp), ready=ready, env=env | doors.to_env()),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):

        def ask(path, role=None, **posted):
            told = token(issuer, groups=[f"leadwise-{role}"]) if role else ""
            headers = {"Authorization": f"Bearer {told}"} if role else {}
            method = "POST" if posted else "GET"
            return client.request(method, path, headers=headers, data=posted or None)

        yield ask


def until(ask, holds, seconds=30):
    """The first answer that holds."""
    deadline = time.monotonic() + seconds
    while not holds(answer := ask()):
        assert time.monotonic() < deadline, answer
        time.sleep(0.1)
    return answer


def test_the_console_shows_the_accounts_models_to_whom_it_knows(console, released):
    judged = _record(released, Job.EVALUATE)
    assert console("/models").status_code == 401
    page = until(lambda: console("/models", "viewer").text, lambda page: "Model card" in page)
    assert page.count("Version 1 <span") == 1
    assert "every gate holds" in page
    assert f"{judged['metrics']['roc_auc']:.3f}" in page
    assert console("/models/1/card", "rep").status_code == 200
    for role in ("viewer", "rep"):
        page = console("/models", role).text
        assert ("/models/promote" in page, "start-pipeline-execution" in page) == (False, False)
        assert console("/models/promote", role).status_code == 403
        assert console("/models/promote", role, version="1").status_code == 403


def test_an_operator_is_told_how_the_accounts_models_are_changed(console, settings):
    before = ledger_of(settings)
    page = console("/models", "operator").text
    assert "/models/promote" not in page
    assert "--pipeline-name leadwise-staging-retrain" in page
    assert "staging/serving --parameters ChampionPackage=" in page
    refused = console("/models/promote", "operator", version="1")
    assert (refused.status_code, "Nothing was changed." in refused.text) == (409, True)
    assert ledger_of(settings) == before


@pytest.mark.usefixtures("released")
def test_the_console_lets_nobody_in_where_nothing_tells_who_calls(settings):
    done = run("console", **console_settings(settings).to_env())
    assert (done.returncode, "others can reach 0.0.0.0" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["sing"], 2, "expected serve, train, step or console"),
        (["step", "ingest", "sing"], 2, "ingest, clean, check, snapshot"),
        (["step", "ingest"], 2, "JobSettings needs LEADWISE_"),
        (["serve"], 2, "EndpointSettings needs LEADWISE_USE_CASE, LEADWISE_MOMENT"),
    ],
)
def test_wrong_words_and_missing_settings_stop_with_one_line(words, code, says):
    done = run(*words)
    assert (done.returncode, says in done.stderr) == (code, True), done.stderr


@pytest.mark.usefixtures("aws")
def test_a_folder_in_s3_sends_and_fetches_only_what_changed(tmp_path):
    boto3.client("s3").create_bucket(Bucket="folders")
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "a").mkdir(parents=True)
    (here / "a" / "one.txt").write_text("1")
    (here / ".lock").write_text("")
    first, second = S3Folder("s3://folders/x", here), S3Folder("s3://folders/x/", there)
    assert [first.push(), first.push()] == [1, 0]
    assert [second.pull(), second.pull()] == [1, 0]
    (there / "a" / "one.txt").write_text("one")
    assert second.push() == 1
    assert first.pull("a/") == 1
    assert (here / "a" / "one.txt").read_text() == "one"


@pytest.mark.usefixtures("aws")
def test_a_folder_in_s3_never_writes_outside_itself(tmp_path):
    boto3.client("s3").create_bucket(Bucket="hostile")
    boto3.client("s3").put_object(Bucket="hostile", Key="x/../../evil.txt", Body=b"!")
    with pytest.raises(UsageError, match="outside its folder"):
        S3Folder("s3://hostile/x/", tmp_path / "deep" / "home").pull()
    with pytest.raises(UsageError, match="expected s3://bucket/folder/"):
        S3Folder("https://hostile/x/", tmp_path)
    with pytest.raises(DependencyUnavailable, match="no bucket .absent-bucket.; check its name"):
        S3Folder("s3://absent-bucket/x/", tmp_path).pull()


def _prepared(settings, folder, **generated):
    folder.mkdir()
    with (folder / "2026-03-01.csv").open("wb") as stream:
        write_csv(LEAD_CONVERSION, stream, rows=4_000, **generated)
    told = folder.with_name(f"{folder.name}-told")
    told.mkdir()
    words = ("step", *STEPS[Job.PROCESS], "--data", folder, "--verdict", told)
    done = run(*words, mounts=[told], **settings.to_env())
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert json.loads((told / said_file(Job.PROCESS)).read_text()) == said
    assert (told / OUTCOME_FILE).is_file() != said["train"]["needed"]
    (line,) = [each for each in done.stderr.splitlines() if each.startswith('{"_aws"')]
    return said, json.loads(line)


@pytest.mark.usefixtures("released")
def test_before_a_retrain_the_drift_from_the_model_in_force_is_told_as_metrics_and_to_people(
    settings, topics, tmp_path
):
    because = replace(settings, reason="drift")
    said, alike = _prepared(because, tmp_path / "alike", seed=5)
    assert [step["step"] for step in said["steps"]] == [
        "watch", "ingest", "clean", "check", "snapshot", "split",
    ]  # fmt: skip
    (written,) = alike["_aws"]["CloudWatchMetrics"]
    assert (written["Namespace"], written["Dimensions"]) == ("Leadwise", [["service"]])
    names = {each["Name"] for each in written["Metrics"]}
    assert names >= {"RetrainNeeded", "DriftShare", "PredictionPsi", "WorstSeverity", "RocAuc"}
    assert (alike["service"], alike["RetrainNeeded"]) == ("leadwise-dev-watch", 0)
    assert [alert for alert in map(read, topics.heard()) if alert.rule == "drift"] == []
    drift = Scenario(arrival_weeks=20, drift_week=0, drift_strength=2.0)
    moved, drifted = _prepared(because, tmp_path / "drifted", seed=5, scenario=drift)
    assert drifted["RetrainNeeded"] == 1
    assert (said["drift"]["state"], moved["drift"]["state"]) == ("OK", "DRIFTED")
    assert pipeline_run(said).jobs == ["Process"]
    assert "Train" in pipeline_run(moved, {"approved": True}).jobs
    assert drifted["DriftShare"] > alike["DriftShare"]
    (alert,) = [alert for alert in map(read, topics.heard()) if alert.rule == "drift"]
    assert (alert.subject, alert.over) == (LEAD_CONVERSION.model_name(MOMENT), 0)
    assert "the data has drifted, a retrain is asked for" in alert.says
    assert moved["untold"] == []
    S3Folder(settings.lake_uri, tmp_path / "lake").pull()
    _look_at_rows(CrawledLake(tmp_path / "lake"), drifted["DriftShare"])


def _look_at_rows(lake, drifted_share):
    """What the two jobs left for Athena; before there was a model, none left anything."""
    last, first = lake.ask(LEAD_CONVERSION, "drift over time")
    assert (last["state"], last["retrain"], first["state"]) == ("DRIFTED", True, "OK")
    assert last["drifted_share"] == pytest.approx(drifted_share)
    columns = {row["column_name"] for row in lake.ask(LEAD_CONVERSION, "drifted columns")}
    assert len(columns) == last["drifted_columns"] + first["drifted_columns"] > 0
    (scores,) = lake.ask(LEAD_CONVERSION, "scores per day")
    assert (scores["moment"], scores["model_version"]) == (MOMENT.name, "1")
    assert 0 < scores["leads"] <= first["rows_watched"] + last["rows_watched"]
    bands = lake.ask(LEAD_CONVERSION, "bands per day")
    assert sum(row["share"] for row in bands) == pytest.approx(1)
