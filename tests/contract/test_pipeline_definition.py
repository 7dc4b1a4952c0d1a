"""The retrain pipeline ends as it should for every answer, and is what SageMaker's SDK builds."""

import json
from itertools import product

import pytest

from infra.pipeline_definition import JobShape, pipeline_definition
from ml.contract.cloud_settings import JobSettings
from ml.contract.jobs import MOST_SECONDS, STEPS, Job
from tests.support.pipeline_runs import run_of
from tests.support.sagemaker_sdk import built_with_the_sdk

SHAPE = JobShape(
    role_arn="arn:aws:iam::123456789012:role/jobs",
    image_uri="123456789012.dkr.ecr.us-east-1.amazonaws.com/leadwise:1",
    kms_key_arn="arn:aws:kms:us-east-1:123456789012:key/1",
    security_groups=["sg-1"],
    subnets=["subnet-1", "subnet-2"],
)
SETTINGS = JobSettings(
    use_case="lead_conversion", home_uri="s3://artifacts/home/", snapshots_database="leads",
    lake_uri="s3://lake/", packages_uri="s3://artifacts/packages/", package_group="leads",
    image_uri=SHAPE.image_uri, reason="manual", watched_as="watch", ledger_table="l",
    who="jobs", mlflow_uri="http://mlflow",
    mlflow_secret="arn:secret", warehouse_workgroup="w", warehouse_database="d",
    warehouse_role="r", warehouse_staging="s3://lake/unload/",
)  # fmt: skip
WORDS = {"shape": SHAPE, "settings": SETTINGS, "input_uri": "s3://raw/", "runs_uri": "s3://runs/"}


@pytest.fixture(scope="module")
def ours():
    return pipeline_definition(**WORDS)


@pytest.mark.parametrize(("approved", "forced"), list(product([True, False], repeat=2)))
def test_a_run_registers_only_what_was_approved_and_not_forced_to_fail(ours, approved, forced):
    run = run_of(ours, {"ForceFail": forced}, {"Evaluate": {"approved": approved}})
    assert run.jobs[:3] == ["Process", "Train", "Evaluate"]
    assert (run.status == "Succeeded") == (approved and not forced)
    assert ("Register" in run.jobs) == (approved and not forced)


def test_a_failed_run_says_why_it_failed(ours):
    forced = run_of(ours, {"ForceFail": True}, {"Evaluate": {"approved": True}})
    refused = run_of(ours, {}, {"Evaluate": {"approved": False}})
    assert forced.message.startswith("ForceFail is true")
    assert refused.message == (
        "A quality gate said no; the reasons: s3://runs/the-run/verdict.json"
    )


def test_a_run_registers_unless_something_speaks_against_it(ours):
    assert run_of(ours, {}, {"Evaluate": {"approved": True}}).status == "Succeeded"


def test_the_definition_is_what_the_sdk_builds(ours):
    sdk = built_with_the_sdk(**WORDS, steps=STEPS, most_seconds=MOST_SECONDS)
    assert set(STEPS) == set(Job)
    assert json.loads(json.dumps(ours)) == sdk
