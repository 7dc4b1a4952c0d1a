"""The lake is closed to the public, encrypted, versioned, and outlives its stack."""

import pytest
from aws_cdk import App
from aws_cdk.assertions import Match, Template

from app import build
from infra.environments import ENVIRONMENTS
from infra.stage import LeadwiseStage
from tests.support.cdk import context

HOLDS_DATA = ["AWS::S3::Bucket", "AWS::KMS::Key"]


@pytest.fixture(scope="module", params=ENVIRONMENTS, ids=lambda environment: environment.name)
def lake(request, template_of):
    return template_of(request.param.name, "lake")


def test_there_are_four_buckets_and_one_key(lake):
    lake.resource_count_is("AWS::S3::Bucket", 4)
    lake.resource_count_is("AWS::KMS::Key", 1)


def test_the_key_rotates(lake):
    lake.all_resources_properties("AWS::KMS::Key", {"EnableKeyRotation": True})


def test_every_bucket_is_closed_to_the_public_and_versioned(lake):
    closed = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]
    lake.all_resources_properties(
        "AWS::S3::Bucket",
        {
            "PublicAccessBlockConfiguration": dict.fromkeys(closed, True),
            "VersioningConfiguration": {"Status": "Enabled"},
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        },
    )


def test_every_bucket_ends_old_versions_and_broken_uploads(lake):
    housekeeping = {
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
    }
    rules = Match.array_with([Match.object_like(housekeeping)])
    lake.all_resources_properties("AWS::S3::Bucket", {"LifecycleConfiguration": {"Rules": rules}})


def test_every_bucket_refuses_requests_without_tls(lake):
    lake.resource_count_is("AWS::S3::BucketPolicy", 4)
    for condition in (
        {"Bool": {"aws:SecureTransport": "false"}},
        {"NumericLessThan": {"s3:TlsVersion": 1.2}},
    ):
        refusal = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Condition": condition}
        statements = Match.array_with([Match.object_like(refusal)])
        lake.all_resources_properties(
            "AWS::S3::BucketPolicy", {"PolicyDocument": {"Statement": statements}}
        )


def test_leads_are_encrypted_with_the_key_and_their_reading_is_logged(lake):
    for_leads = {
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {
                    "BucketKeyEnabled": True,
                    "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"},
                }
            ]
        },
        "LoggingConfiguration": {"DestinationBucketName": Match.any_value()},
    }
    lake.resource_properties_count_is("AWS::S3::Bucket", for_leads, 3)


@pytest.mark.parametrize("kind", HOLDS_DATA)
def test_data_outlives_its_stack(lake, kind):
    lake.all_resources(kind, {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"})


def _lake_of(environment: str, **flags: str) -> Template:
    app = build(App(context=context(only=environment, **flags)))
    return Template.from_stack(app.node.find_child(environment).lake)


@pytest.mark.parametrize("kind", HOLDS_DATA)
def test_dev_gives_its_data_up_when_both_keys_turn(kind):
    _lake_of("dev", destroy_data="true").all_resources(kind, {"DeletionPolicy": "Delete"})


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_the_flag_alone_destroys_nothing(environment):
    lake = _lake_of(environment, destroy_data="true")
    lake.all_resources("AWS::S3::Bucket", {"DeletionPolicy": "Retain"})


def test_an_unclear_flag_destroys_nothing():
    lake = _lake_of("dev", destroy_data="yes, please")
    lake.all_resources("AWS::S3::Bucket", {"DeletionPolicy": "Retain"})


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda environment: environment.name)
def test_stacks_that_keep_data_are_protected_from_deletion(environment):
    stage = LeadwiseStage(App(context=context()), environment=environment)
    assert stage.lake.termination_protection is environment.keep_data
