"""The console on AWS remembers beyond its task: receipts, feedback and answers under keys."""

import json
import re
from contextlib import contextmanager
from datetime import UTC, datetime

import boto3
import httpx
import pytest

from ml.adapters.local_endpoint import LocalEndpoint
from ml.adapters.local_lake import LocalLake
from ml.adapters.s3_folder import S3Folder
from ml.bootstrap import LAKE, cloud_ledger
from ml.cloud_console import console_app
from ml.contract.access import AccessMode
from ml.contract.access_settings import AccessSettings
from ml.contract.cloud_settings import ConsoleSettings, MemorySettings
from ml.contract.feature_group import FeatureGroup
from ml.contract.ledger import chain_faults
from ml.contract.moments import ENGAGED
from ml.contract.names import Estimator
from ml.contract.places import monitor_prefixes
from ml.contract.settings import ServeSettings
from ml.core.sample import write_csv
from ml.core.scoring import package, package_sha256
from ml.ports import Deployment
from ml.steps.erase import erasures_of, lead_digest
from ml.steps.kept_cards import JSON, PAGE, cards_prefix
from ml.steps.kept_investigations import investigations_prefix
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support import feature_store_service as features
from tests.support import ledger_table, monitored, receipts_table
from tests.support.command_line import leadwise
from tests.support.packaging import pack
from tests.support.version_story import MemoryModels
from tests.support.watching import generated
from tests.support.web import serving

MODEL = LEAD_CONVERSION.model_name(ENGAGED)
LEAD = {"Prospect ID": "lead-9", "Lead Source": "Google", "TotalVisits": 5}
SETTINGS = MemorySettings(
    home_uri="s3://artifacts/home/lead_conversion/",
    receipts_table=receipts_table.NAME,
    ledger_table="ledger",
    feature_group=features.NAME,
    workgroup=features.WORKGROUP,
)


@pytest.fixture(scope="module")
def files():
    """Packages of two versions."""
    rows = generated(rows=400, seed=4)
    return [
        package(
            pack(
                LEAD_CONVERSION, ENGAGED, rows, Estimator.LOGISTIC_REGRESSION, C=strength
            ).pipeline,
            use_case=LEAD_CONVERSION, moment=ENGAGED, model_name=MODEL, background=rows, facts={},
        )
        for strength in (1.0, 0.1)
    ]  # fmt: skip


@pytest.fixture
def account(monkeypatch, tmp_path, files):
    """An account with a home in which version 1 serves."""
    group = FeatureGroup.of(LEAD_CONVERSION)
    service = features.FeatureStoreService(group=group, now=lambda: datetime.now(UTC))
    with features.feature_store_service(service):
        dynamodb = boto3.client("dynamodb")
        dynamodb.create_table(TableName=receipts_table.NAME, **receipts_table.TABLE)
        dynamodb.create_table(TableName="ledger", **ledger_table.TABLE)
        boto3.client("s3").create_bucket(Bucket="artifacts")
        for name, value in SETTINGS.to_env().items():
            monkeypatch.setenv(name, value)
        release(tmp_path, files[0], "1")
        yield tmp_path


def release(folder, files, version):
    """Put a version in force in the home in S3."""
    sha256 = package_sha256(files)
    LocalEndpoint(folder / "pipeline" / "serving").deploy(
        Deployment(model=MODEL, version=version, files=files, package_sha256=sha256)
    )
    S3Folder(SETTINGS.home_uri, folder / "pipeline").push()


@contextmanager
def task(folder, monkeypatch, name):
    """A client of a console's container that has just started and holds no receipts."""
    home = folder / name
    S3Folder(SETTINGS.home_uri, home).pull("serving/")
    words = {"use_case": LEAD_CONVERSION.name, "moment": ENGAGED.name}
    for settings in (
        ServeSettings(home=str(home), **words),
        ConsoleSettings(
            home_uri=SETTINGS.home_uri,
            receipts_table=SETTINGS.receipts_table,
            ledger_table=SETTINGS.ledger_table,
            environment="staging",
            pipeline="leadwise-staging-retrain",
            **words,
        ),
        AccessSettings(mode=AccessMode.MACHINE),
    ):
        for variable, value in settings.to_env().items():
            monkeypatch.setenv(variable, value)
    with serving(console_app()) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield client


def score(client, **headers):
    return client.post("/v1/score", json=LEAD, headers=headers)


def test_scores_of_a_task_that_ended_can_be_asked_why_and_made_again(account, monkeypatch, files):
    with task(account, monkeypatch, "first") as client:
        scored = score(client).json()
        keyed = score(client, **{"Idempotency-Key": "k-1"}).json()
        said = client.post("/v1/leads/lead-9/feedback", json={"verdict": "won"})
        assert said.status_code == 200
    release(account, files[1], "2")
    with task(account, monkeypatch, "second") as client:
        why = client.get(f"/v1/receipts/{scored['receipt_id']}").json()
        assert why["version"] == "1"
        assert why["replay"] == {"same": True, "difference": 0.0, "problem": None}
        again = score(client, **{"Idempotency-Key": "k-1"})
        assert (again.headers["Idempotent-Replayed"], again.json()) == ("true", keyed)
        story = client.get("/v1/leads/lead-9").json()
        told = [each["receipt_id"] for each in story["scores"]]
        assert told == [keyed["receipt_id"], scored["receipt_id"]]
        assert [each["verdict"] for each in story["feedback"]] == ["won"]
    assert not list(account.glob("*/serving/receipts.db"))


def test_the_monitor_shows_the_accounts_lake_and_the_accounts_commands(account, monkeypatch):
    with task(account, monkeypatch, "empty") as client:
        page = client.get("/monitor").text
        assert "start-pipeline-execution --pipeline-name leadwise-staging-retrain" in page
        assert "This console keeps no alerts" in page
        assert "leadwise watch" not in page
    monitored.live_through(LocalLake(account / "pipeline" / LAKE))
    S3Folder(SETTINGS.home_uri, account / "pipeline").push()
    for prefix in monitor_prefixes(LEAD_CONVERSION.name):
        part = prefix.removeprefix("home/lead_conversion/")
        S3Folder(SETTINGS.home_uri, account / "first").pull(part)
    with task(account, monkeypatch, "first") as client:
        assert "RAISED" in client.get("/monitor").text
        assert "Broken field" in client.get("/investigate").text


def test_the_page_models_tells_the_accounts_story_and_changes_nothing(account, monkeypatch):
    told, ledger = MemoryModels(), cloud_ledger(SETTINGS.ledger_table)
    assert all(ledger.append(entry) for entry in told.entries)
    for one in told.story().versions:
        folder = account / "first" / LAKE / cards_prefix(LEAD_CONVERSION, ENGAGED) / one.version
        (folder / "20260302").mkdir(parents=True)
        (folder / "20260302" / PAGE).write_text(told.card(one.version))
        if one.version != "1":  # what comes a moment after the page
            (folder / "20260302" / JSON).write_text(json.dumps(one.card))
    with task(account, monkeypatch, "first") as client:
        by = {one["version"]: one for one in client.get("/v1/models").json()["versions"]}
        assert [by[version]["alias"] for version in "123"] == ["previous", "champion", "challenger"]
        assert (by["1"]["metrics"], len(by["3"]["metrics"]) > 3) == ([], True)
        page = client.get("/models").text
        assert ("Reliability" in page, "lower is better" in page) == (True, True)
        assert not re.search("/models/(promote|rollback)", page)
        assert "leadwise-staging-retrain" in page
        for path in ("/models/promote", "/models/rollback?to=1"):
            refused = client.get(path)
            assert (refused.status_code, "only looks at" in refused.text) == (409, True)
        for path in ("/models/promote", "/models/rollback"):
            assert client.post(path, data={"version": "3", "to": "1"}).status_code == 409
    assert ledger.entries(MODEL) == told.entries


def test_the_console_goes_back_with_the_pointer_that_s3_has_kept(account, files):
    s3, console = boto3.client("s3"), S3Folder(SETTINGS.home_uri, account / "console")
    s3.put_bucket_versioning(Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"})
    pointer = f"home/lead_conversion/serving/{MODEL}/current.json"
    versions = []
    for version in ("1", "2"):
        release(account, files[int(version) - 1], version)
        versions.append(s3.head_object(Bucket="artifacts", Key=pointer)["VersionId"])
    console.pull("serving/")
    s3.copy_object(
        Bucket="artifacts", Key=pointer, CopySource=f"artifacts/{pointer}?versionId={versions[0]}"
    )
    console.pull("serving/")
    served = LocalEndpoint(account / "console" / "serving").current(MODEL)
    assert (served.version, served.files) == ("1", files[0])


@pytest.mark.usefixtures("files")
def test_people_ask_the_account_why_and_let_it_forget(account, monkeypatch):
    with task(account, monkeypatch, "first") as client:
        scored = score(client, **{"Idempotency-Key": "k-1"}).json()
        client.post("/v1/leads/lead-9/feedback", json={"verdict": "won"})
    asked = leadwise("why", scored["receipt_id"], "--aws", "--json")
    assert (asked.code, json.loads(asked.out)["replay"]["same"]) == (0, True), asked.err
    done = leadwise("erase", "lead_conversion", "lead-9", "--reason", "asked", "--aws", "--json")
    told = json.loads(done.out)["leads"]["lead-9"]
    assert told == {"receipts": 1, "feedback": 1, "answers": 1, "files": 0, "features": 0}
    assert receipts_table.items() == []
    (entry,) = entries = cloud_ledger("ledger").entries(erasures_of(LEAD_CONVERSION))
    assert (entry.version, list(chain_faults(entries))) == (lead_digest("lead-9"), [])
    gone = leadwise("why", scored["receipt_id"], "--aws")
    assert (gone.code, "the account holds no receipt" in gone.err) == (2, True)


@pytest.mark.usefixtures("files")
def test_an_investigation_of_the_account_is_kept_there_and_its_console_shows_it(
    account, monkeypatch
):
    with (account / "late.csv").open("wb") as stream:
        write_csv(LEAD_CONVERSION, stream, rows=600, seed=5)
    words = ("lead_conversion", "--current", account / "late.csv", "--aws", "--json")
    asked = leadwise("investigate", *words)
    assert asked.code == 0, asked.err
    found = json.loads(asked.out)
    assert found["causes"]
    serving = [each["says"] for each in found["findings"] if "registry could not" in each["says"]]
    assert "LEADWISE_MLFLOW_URI" in serving[0]
    prefix = investigations_prefix(LEAD_CONVERSION.name, ENGAGED)
    kept = boto3.client("s3").list_objects_v2(
        Bucket="artifacts", Prefix=f"home/lead_conversion/{LAKE}"
    )["Contents"]
    assert [each["Key"] for each in kept if prefix not in each["Key"]] == []
    with task(account, monkeypatch, "first") as client:
        assert "late.csv" not in client.get("/investigate").text
        S3Folder(SETTINGS.home_uri, account / "first").pull(f"{LAKE}{prefix}")
        assert "late.csv" in client.get("/investigate").text


def test_without_the_accounts_settings_the_commands_say_which_are_missing(monkeypatch):
    monkeypatch.delenv(MemorySettings.variable("receipts_table"), raising=False)
    asked = leadwise("why", "0" * 32, "--aws")
    assert asked.code == 2
    assert "LEADWISE_RECEIPTS_TABLE" in asked.err
    asked = leadwise("investigate", "lead_conversion", "--current", __file__, "--aws")
    assert (asked.code, "LEADWISE_RECEIPTS_TABLE" in asked.err) == (2, True)
