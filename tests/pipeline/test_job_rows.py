"""What the job that prepares a retrain leaves: rows for Athena, and records of the features."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from types import SimpleNamespace

import boto3
import pytest
from rich.console import Console

from ml import job_rows
from ml.adapters.athena_query import AthenaQuery
from ml.adapters.s3_folder import S3Folder
from ml.adapters.sagemaker_feature_store import SagemakerFeatureStore
from ml.contract.feature_group import EVENT_TIME, FeatureGroup
from ml.contract.moments import ENGAGED
from ml.contract.names import Step
from ml.core.generator import Scenario
from ml.core.sample import write_csv
from ml.pipeline import Pipeline
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.crawled_lake import CrawledLake
from tests.support.feature_store_service import (
    NAME,
    WORKGROUP,
    FeatureStoreService,
    feature_store_service,
)
from tests.support.watching import Told, deploy_model, generated, home_of, reference_of, watched

GROUP = FeatureGroup.of(LEAD_CONVERSION)
SETTINGS = SimpleNamespace(lake_uri="s3://lake/", feature_group=NAME)


@pytest.fixture
def service():
    with feature_store_service(
        FeatureStoreService(group=GROUP, now=lambda: datetime.now(UTC))
    ) as service:
        boto3.client("s3").create_bucket(Bucket="lake")
        yield service


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    file = tmp_path_factory.mktemp("leads") / "leads.csv"
    with file.open("wb") as stream:
        write_csv(LEAD_CONVERSION, stream, rows=2_000, seed=4)
    return file


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory, source):
    """A home without a model in force that has cleaned a file."""
    folder = tmp_path_factory.mktemp("cleaned")
    pipeline = Pipeline(LEAD_CONVERSION, home_of(folder / "home", Told()), ENGAGED)
    pipeline.step(Step.INGEST, source)
    pipeline.step(Step.CLEAN)
    return pipeline


def lake(folder):
    S3Folder(SETTINGS.lake_uri, folder).pull()
    return CrawledLake(folder)


def test_before_there_is_a_model_no_rows_are_left(service, pipeline, tmp_path):  # noqa: ARG001
    job_rows.leave_scores(pipeline, SETTINGS)
    assert not list(lake(tmp_path).folder.iterdir())


def test_clean_rows_become_records_of_the_feature_group(service, pipeline):
    clean = pipeline.step(Step.CLEAN)
    job_rows.keep_features(pipeline, SETTINGS, Console(file=StringIO()))
    assert service.offline().num_rows == clean.rows.accepted
    now = datetime.now(UTC) + timedelta(seconds=1)
    store = SagemakerFeatureStore(GROUP, NAME, athena=AthenaQuery(WORKGROUP), now=lambda: now)
    (lead,) = service.offline()["prospect_id"][:1].to_pylist()
    (record,) = store.last_known([lead]).to_pylist()
    assert record[EVENT_TIME] <= now
    assert isinstance(record["do_not_email"], bool)


def test_more_rows_than_a_job_can_put_are_left_out_and_told(service, pipeline, monkeypatch):
    monkeypatch.setattr(job_rows, "MOST_RECORDS", 10)
    said = StringIO()
    job_rows.keep_features(pipeline, SETTINGS, Console(file=said, width=200))
    assert "features are not kept" in said.getvalue()
    assert service.asked == []


def test_without_a_feature_group_nothing_is_put(service, pipeline):
    settings = SimpleNamespace(feature_group="")
    job_rows.keep_features(pipeline, settings, Console(file=StringIO()))
    assert service.asked == []


@pytest.mark.usefixtures("service")
def test_scores_and_drift_answer_the_saved_queries(pipeline, source, tmp_path):
    runtime, table = pipeline.runtime, generated(rows=5_000, seed=1)
    deploy_model(runtime, table.slice(0, 4_000), ENGAGED)
    reference = reference_of(runtime, table, test_rows=1_000)
    drifting = generated(rows=3_000, seed=2, scenario=Scenario(arrival_weeks=10, drift_week=0))
    seen = watched(runtime, drifting, reference, ENGAGED, name="late")
    clean = pipeline.step(Step.CLEAN)
    for _ in range(2):  # a job that is tried again leaves nothing twice
        job_rows.leave_scores(pipeline, SETTINGS)
        job_rows.leave_drift(pipeline, SETTINGS, source, seen)
    left = lake(tmp_path / "lake")
    (scores,) = left.ask(LEAD_CONVERSION, "scores per day")
    assert (scores["moment"], scores["leads"]) == (ENGAGED.name, clean.rows.accepted)
    assert sum(row["share"] for row in left.ask(LEAD_CONVERSION, "bands per day")) == 1
    (found,) = left.ask(LEAD_CONVERSION, "drift over time")
    assert (found["version"], found["state"], found["retrain"]) == (
        clean.source_sha256, seen.state, True,
    )  # fmt: skip
    assert found["judged_columns"] == len(seen.columns)
    drifted = {drift.column: drift.psi for drift in seen.columns if drift.drifted}
    rows = left.ask(LEAD_CONVERSION, "drifted columns")
    assert {row["column_name"]: row["psi"] for row in rows} == drifted
