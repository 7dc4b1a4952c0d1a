"""The lake is closed, encrypted, versioned, watched, and outlives its stack."""

import json
from dataclasses import replace

import pytest
from aws_cdk import App
from aws_cdk.assertions import Match, Template

from app import build
from infra.environments import DEV, ENVIRONMENTS, PROD, STAGING
from infra.stage import LeadwiseStage
from ml.contract.errors import InvalidSettings
from tests.support.cdk import context
from tests.support.templates import resources, statements, the_only

BUCKET = "AWS::S3::Bucket"
FOR_LEADS = ("Raw", "Clean", "Artifacts")


@pytest.fixture(scope="module", params=ENVIRONMENTS, ids=lambda environment: environment.name)
def environment(request):
    return request.param


@pytest.fixture(scope="module")
def lake(environment, template_of):
    return template_of(environment.name, "lake")


@pytest.fixture(scope="module")
def plain(environment, stacks_of):
    return stacks_of(environment.name)["lake"]


def test_there_are_four_buckets_and_the_key_is_the_foundations(lake):
    lake.resource_count_is(BUCKET, 4)
    lake.resource_count_is("AWS::KMS::Key", 0)


def test_every_bucket_is_closed_to_the_public_and_versioned(lake):
    closed = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]
    lake.all_resources_properties(
        BUCKET,
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
    lake.all_resources_properties(BUCKET, {"LifecycleConfiguration": {"Rules": rules}})


def test_every_bucket_refuses_requests_without_tls(lake):
    lake.resource_count_is("AWS::S3::BucketPolicy", 4)
    for condition in (
        {"Bool": {"aws:SecureTransport": "false"}},
        {"NumericLessThan": {"s3:TlsVersion": 1.2}},
    ):
        refusal = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Condition": condition}
        found = Match.array_with([Match.object_like(refusal)])
        lake.all_resources_properties(
            "AWS::S3::BucketPolicy", {"PolicyDocument": {"Statement": found}}
        )


def test_leads_are_encrypted_with_their_key_and_their_reading_is_logged(plain):
    by_id = {id: each["Properties"] for id, each in resources(plain, BUCKET).items()}
    guarded = [by_id[id] for id in by_id if id.startswith(FOR_LEADS)]
    assert len(guarded) == 3
    for bucket in guarded:
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["BucketKeyEnabled"] is True
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
        key = rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]["Fn::ImportValue"]
        assert "foundation:ExportsOutputFnGetAttData" in key
        assert bucket["LoggingConfiguration"]["DestinationBucketName"]["Ref"] in by_id


def test_only_raw_files_are_announced(plain):
    announcing = [
        id
        for id, each in resources(plain, BUCKET).items()
        if each["Properties"].get("NotificationConfiguration")
        == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    ]
    assert [id.startswith("Raw") for id in announcing] == [True]


def _refusals(plain):
    """By bucket: the statement that refuses unknown ways."""
    return {
        policy["Properties"]["Bucket"]["Ref"]: statement
        for policy in resources(plain, "AWS::S3::BucketPolicy").values()
        for statement in statements(policy["Properties"]["PolicyDocument"])
        if statement.get("Sid") == "OnlyKnownWays"
    }


def test_objects_of_leads_are_refused_on_unknown_ways(plain, environment):
    refusals = _refusals(plain)
    assert [id for id in resources(plain, BUCKET) if id.startswith(FOR_LEADS)] == list(refusals)
    for bucket, refusal in refusals.items():
        assert (refusal["Effect"], refusal["Principal"]) == ("Deny", {"AWS": "*"})
        assert {"s3:GetObject*", "s3:PutObject*", "s3:DeleteObject*"} <= set(refusal["Action"])
        assert refusal["Resource"] == [{"Fn::Join": ["", [{"Fn::GetAtt": [bucket, "Arn"]}, "/*"]]}]
        _are_the_known_ways(refusal["Condition"], environment)


def _are_the_known_ways(condition, environment):
    endpoint = condition["StringNotEquals"]["aws:SourceVpce"]["Fn::ImportValue"]
    assert endpoint.startswith(f"leadwise-{environment.name}-network:ExportsOutputRefVpcS3")
    roles = [arn["Fn::Join"][1] for arn in condition["ArnNotLike"]["aws:PrincipalArn"]]
    assert [role[1] for role in roles] == [{"Ref": "AWS::AccountId"}] * 3
    assert [role[2] for role in roles] == [
        f":role/leadwise-{environment.name}-*",
        ":role/cdk-*",
        ":role/leadwise-break-glass",
    ]
    services = {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"}
    assert condition["BoolIfExists"] == services
    assert len(condition) == 3


def test_a_trail_watches_every_object_of_the_leads(plain, environment):
    trail = the_only(plain, "AWS::CloudTrail::Trail")
    assert trail["TrailName"] == f"leadwise-{environment.name}-data"
    assert trail["IsLogging"] is True
    assert trail["EnableLogFileValidation"] is True
    assert "Operations" in trail["KMSKeyId"]["Fn::ImportValue"]
    (selector,) = trail["EventSelectors"]
    assert (selector["ReadWriteType"], selector["IncludeManagementEvents"]) == ("All", False)
    watched = [each["Fn::Join"][1] for each in selector["DataResources"][0]["Values"]]
    assert [(arn["Fn::GetAtt"][0], end) for arn, end in watched] == [
        (id, "/") for id in resources(plain, BUCKET) if id.startswith(FOR_LEADS)
    ]


def test_only_this_trail_may_write_beside_the_access_logs(plain, environment):
    destination = the_only(plain, "AWS::CloudTrail::Trail")["S3BucketName"]
    (policy,) = [
        each["Properties"]["PolicyDocument"]
        for each in resources(plain, "AWS::S3::BucketPolicy").values()
        if each["Properties"]["Bucket"] == destination
    ]
    allowed = [each for each in statements(policy) if each["Effect"] == "Allow"]
    of_trail = [each for each in allowed if "cloudtrail" in json.dumps(each["Principal"])]
    assert [each["Action"] for each in of_trail] == [["s3:GetBucketAcl"], ["s3:PutObject"]]
    for each in of_trail:
        source = each["Condition"]["StringEquals"]["aws:SourceArn"]["Fn::Join"][1]
        assert source[-1] == f":trail/leadwise-{environment.name}-data"


def test_the_key_that_the_trail_uses_lets_it(environment, stacks_of):
    keys = resources(stacks_of(environment.name)["foundation"], "AWS::KMS::Key").values()
    (statement,) = [
        each
        for key in keys
        for each in statements(key["Properties"]["KeyPolicy"])
        if "cloudtrail" in json.dumps(each["Principal"])
    ]
    trail = the_only(stacks_of(environment.name)["lake"], "AWS::CloudTrail::Trail")["TrailName"]
    assert f":trail/{trail}" in json.dumps(statement["Condition"])


def test_a_courier_brings_files_and_reads_none(plain):
    (policy,) = [
        each["Properties"]["PolicyDocument"]
        for id, each in resources(plain, "AWS::IAM::Policy").items()
        if id.startswith("Courier")
    ]
    s3, kms = statements(policy)
    assert set(s3["Action"]) == {"s3:AbortMultipartUpload", "s3:PutObject"}
    assert s3["Resource"][0]["Fn::Join"][1][0]["Fn::GetAtt"][0].startswith("Raw")
    assert set(kms["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}


def test_data_outlives_its_stack(lake):
    lake.all_resources(BUCKET, {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"})


def _stage(environment, **flags):
    app = App(context=context(only=environment.name, **flags))
    return build(app).node.find_child(environment.name)


def test_dev_gives_its_data_up_when_both_keys_turn():
    stage = _stage(DEV, destroy_data="true")
    gone = {"DeletionPolicy": "Delete"}
    Template.from_stack(stage.lake).all_resources(BUCKET, gone)
    Template.from_stack(stage.foundation).all_resources("AWS::KMS::Key", gone)
    Template.from_stack(stage.warehouse).all_resources("AWS::RedshiftServerless::Namespace", gone)


def test_the_flag_alone_destroys_nothing():
    lake = Template.from_stack(_stage(STAGING, destroy_data="true").lake)
    lake.all_resources(BUCKET, {"DeletionPolicy": "Retain"})


def test_the_environments_word_alone_destroys_nothing():
    assert not DEV.keep_data
    Template.from_stack(_stage(DEV).lake).all_resources(BUCKET, {"DeletionPolicy": "Retain"})


def test_production_refuses_the_flag_in_one_line():
    with pytest.raises(InvalidSettings) as caught:
        _stage(PROD, destroy_data="true")
    assert str(caught.value) == (
        "environment 'prod': destroy_data is true; expected it absent, since production never "
        "gives its data up; name the environment that shall: -c only=dev"
    )


def test_an_unclear_flag_destroys_nothing():
    lake = Template.from_stack(_stage(DEV, destroy_data="yes, please").lake)
    lake.all_resources(BUCKET, {"DeletionPolicy": "Retain"})


@pytest.mark.parametrize("keep", [True, False])
def test_stacks_that_keep_data_are_protected_from_deletion(keep):
    stage = LeadwiseStage(App(context=context()), environment=replace(DEV, keep_data=keep))
    for stack in (stage.foundation, stage.lake, stage.warehouse):
        assert stack.termination_protection is keep


def test_what_only_passes_through_is_gone_after_a_week(lake):
    passing = [
        {"Prefix": prefix, "ExpirationInDays": 7, "Status": "Enabled"}
        for prefix in ("text/", "unload/")
    ]
    rules = Match.array_with([Match.object_like(rule) for rule in passing])
    lake.has_resource_properties(BUCKET, {"LifecycleConfiguration": {"Rules": rules}})


def test_what_the_endpoint_captured_of_leads_is_gone_for_good_in_half_a_year(lake):
    rule = {"Prefix": "capture/lead_conversion/", "ExpirationInDays": 90, "Status": "Enabled"}
    old = {"NoncurrentVersionExpiration": {"NoncurrentDays": 90}}
    rules = Match.array_with([Match.object_like(old), Match.object_like(rule)])
    lake.has_resource_properties(BUCKET, {"LifecycleConfiguration": {"Rules": rules}})
