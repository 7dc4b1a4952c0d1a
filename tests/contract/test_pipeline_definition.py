"""The retrain pipeline ends as it should for every answer, and is what SageMaker's SDK builds."""

import json
from itertools import product

import pytest

from dags.tasks.jobs import next_task
from infra.pipeline_definition import JobShape, pipeline_definition
from ml.contract.alerts import RetrainReason
from ml.contract.cloud_settings import JobSettings
from ml.contract.jobs import MOST_SECONDS, STEPS, Job
from ml.contract.names import DriftState
from ml.contract.training_need import DriftLook, DriftSeen, training_need
from tests.support.pipeline_runs import run_of, steps_of
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
NEEDED = {"train": {"needed": True}}


@pytest.fixture(scope="module")
def ours():
    return pipeline_definition(**WORDS)


@pytest.fixture(scope="module")
def sdk():
    return built_with_the_sdk(**WORDS, steps=STEPS, most_seconds=MOST_SECONDS)


@pytest.mark.parametrize(("approved", "forced"), list(product([True, False], repeat=2)))
def test_a_run_registers_only_what_was_approved_and_not_forced_to_fail(ours, approved, forced):
    said = {"Process": NEEDED, "Evaluate": {"approved": approved}}
    run = run_of(ours, {"ForceFail": forced}, said)
    assert run.jobs[:3] == ["Process", "Train", "Evaluate"]
    assert (run.status == "Succeeded") == (approved and not forced)
    assert ("Register" in run.jobs) == (approved and not forced)


def test_a_failed_run_says_why_and_where_the_reasons_are(ours):
    forced = run_of(ours, {"ForceFail": True}, {"Process": NEEDED, "Evaluate": {"approved": True}})
    refused = run_of(ours, {}, {"Process": NEEDED, "Evaluate": {"approved": False}})
    assert forced.message == refused.message
    assert refused.message == (
        "Nothing is registered: a quality gate said no, or ForceFail asked for it; "
        "the reasons: s3://runs/the-run/verdict.json"
    )


@pytest.mark.parametrize("forced", [True, False])
def test_a_run_without_need_ends_well_after_its_look(ours, forced):
    run = run_of(ours, {"ForceFail": forced}, {"Process": {"train": {"needed": False}}})
    assert (run.jobs, run.status) == (["Process"], "Succeeded")


STATES = [*DriftState, *DriftLook]


@pytest.mark.parametrize(
    ("reason", "state", "asks"), list(product(RetrainReason, STATES, [True, False]))
)
def test_the_pipeline_and_the_dag_decide_alike_by_what_the_job_said(ours, reason, state, asks):
    need = training_need(reason.value, DriftSeen(state=state.value, asks=asks))
    said = json.loads(json.dumps({"train": need.to_dict()}))
    run = run_of(ours, {"Reason": reason}, {"Process": said, "Evaluate": {"approved": True}})
    assert ("Train" in run.jobs) == (next_task(said) == "train") == need.needed


def test_no_choice_stands_within_another(ours):
    """SageMaker supports none: see "Condition step" in its guide."""
    choices = [step for step in steps_of(ours["Steps"]) if step["Type"] == "Condition"]
    within = [
        inner["Name"]
        for choice in choices
        for branch in ("IfSteps", "ElseSteps")
        for inner in choice["Arguments"][branch]
        if inner["Type"] == "Condition"
    ]
    assert (len(choices), within) == (2, [])


def test_the_definition_is_what_the_sdk_builds(ours, sdk):
    assert set(STEPS) == set(Job)
    assert json.loads(json.dumps(ours)) == sdk.definition


def test_what_the_sdk_leaves_out_where_nothing_is_trained_is_what_our_run_leaves_out(ours, sdk):
    """Its local mode leaves out a branch that is not taken, and all that waits for its steps."""
    left_out = sdk.behind["Train"] | sdk.behind["Evaluate"]
    run = run_of(ours, {}, {"Process": {"train": {"needed": False}}})
    assert left_out == {step["Name"] for step in steps_of(ours["Steps"])} - run.done
