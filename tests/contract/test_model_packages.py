"""SageMaker's registry, against moto: what is registered, and who has to approve it."""

from dataclasses import replace

import boto3
import pytest
from moto import mock_aws

from ml.adapters.model_packages import ModelPackage, Report, register
from ml.contract.errors import DependencyUnavailable
from ml.contract.modelling import BinaryTask, OrdinalTask
from ml.contract.names import Approval
from ml.contract.records import Interval, Verdict
from ml.core.model_reports import quality_statistics
from ml.ports import Deployment
from ml.release import approval_of
from tests.contract.test_pipeline_definition import SETTINGS

GROUP = "leadwise-dev-lead-conversion-arrival"
PACKAGE = ModelPackage(
    group=GROUP, description="model version 4", image_uri="image", model_uri="s3://p/model.tar.gz",
    approval=Approval.MANUAL, quality=Report(uri="s3://p/quality.json", sha256="ab" * 32),
    explanation=Report(uri="s3://p/explanation.json", sha256="cd" * 32),
    statistics=Report(uri="s3://p/statistics.json", sha256="01" * 32),
    constraints=Report(uri="s3://p/constraints.json", sha256="23" * 32),
    facts={"version": "4", "a; b": "c > d", "empty": ""},
)  # fmt: skip
VERDICT = Verdict(
    model="m", version="4", champion=None, approved=True, metrics={"roc_auc": 0.9, "mae": 0.5},
    intervals={"roc_auc": Interval(value=0.9, low=0.88, high=0.9192)}, gates=(),
)  # fmt: skip
DEPLOYED = Deployment(model="m", version="4", files={})


@pytest.fixture
def registry(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("sagemaker")
        client.create_model_package_group(
            ModelPackageGroupName=GROUP, ModelPackageGroupDescription="Champions"
        )
        yield client


@pytest.mark.parametrize(
    ("approval", "status"),
    [(Approval.MANUAL, "PendingManualApproval"), (Approval.AUTOMATIC, "Approved")],
)
def test_a_package_is_registered_with_status_figures_and_origin(registry, approval, status):
    arn = register(replace(PACKAGE, approval=approval))
    found = registry.describe_model_package(ModelPackageName=arn)
    assert found["ModelApprovalStatus"] == status
    assert found["ModelMetrics"]["ModelQuality"]["Statistics"] == {
        "ContentType": "application/json",
        "S3Uri": "s3://p/quality.json",
        "ContentDigest": f"sha256:{'ab' * 32}",
    }
    data = found["ModelMetrics"]["ModelDataQuality"]
    assert data["Statistics"]["S3Uri"] == "s3://p/statistics.json"
    assert data["Constraints"]["S3Uri"] == "s3://p/constraints.json"
    assert found["CustomerMetadataProperties"] == {
        "version": "4",
        "a  b": "c   d",
    }


def test_a_group_that_is_not_there_is_named(registry):  # noqa: ARG001 - it stands, without that group
    with pytest.raises(DependencyUnavailable, match="model package group 'other'"):
        register(replace(PACKAGE, group="other"))


@pytest.mark.parametrize(
    ("says", "approved", "version", "approval"),
    [
        ("automatic", True, "4", Approval.AUTOMATIC),
        ("automatic", False, "4", Approval.MANUAL),  # forced
        ("automatic", True, "3", Approval.MANUAL),  # the verdict is about another
        ("manual", True, "4", Approval.MANUAL),
    ],
)
def test_only_an_approving_verdict_on_this_version_stands_for_a_person(
    says, approved, version, approval
):
    settings = replace(SETTINGS, approval=says)
    verdict = replace(VERDICT, approved=approved, version=version)
    assert approval_of(settings, DEPLOYED, verdict) is approval


def test_figures_stand_under_sagemakers_names_with_their_deviation():
    figures = quality_statistics(BinaryTask(), VERDICT)["binary_classification_metrics"]
    assert figures["auc"] == {"value": 0.9, "standard_deviation": pytest.approx(0.01)}
    assert quality_statistics(OrdinalTask(), VERDICT)["regression_metrics"]["mae"] == {"value": 0.5}
