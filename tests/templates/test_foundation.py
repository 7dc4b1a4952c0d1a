"""Two keys that rotate, and topics that only this account's services may publish to."""

import pytest
from aws_cdk.assertions import Match

from infra.environments import ENVIRONMENTS
from ml.contract.alerts import AlertSeverity
from tests.support.templates import resources, statements

ACCOUNT = {"Ref": "AWS::AccountId"}


@pytest.fixture(scope="module", params=ENVIRONMENTS, ids=lambda environment: environment.name)
def environment(request):
    return request.param


@pytest.fixture(scope="module")
def foundation(environment, template_of):
    return template_of(environment.name, "foundation")


@pytest.fixture(scope="module")
def plain(environment, stacks_of):
    return stacks_of(environment.name)["foundation"]


def test_there_are_two_keys_that_rotate(foundation):
    foundation.resource_count_is("AWS::KMS::Key", 2)
    foundation.all_resources_properties("AWS::KMS::Key", {"EnableKeyRotation": True})


def test_keys_outlive_their_stack(foundation):
    kept = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    foundation.all_resources("AWS::KMS::Key", kept)


def test_keys_can_be_found_by_name(foundation, environment):
    for name in ("data", "operations"):
        alias = {"AliasName": f"alias/leadwise/{environment.name}/{name}"}
        foundation.has_resource_properties("AWS::KMS::Alias", alias)


def test_services_use_a_key_for_this_account_only(plain):
    keys = [key["Properties"]["KeyPolicy"] for key in resources(plain, "AWS::KMS::Key").values()]
    of_services = [each for each in statements(*keys) if "Service" in each["Principal"]]
    assert len(of_services) == 3
    assert all(ACCOUNT in _leaves(each["Condition"]) for each in of_services)


def test_no_service_may_use_the_key_of_the_leads(plain):
    (leads,) = [
        key["Properties"]["KeyPolicy"]
        for key in resources(plain, "AWS::KMS::Key").values()
        if "Leads" in key["Properties"]["Description"]
    ]
    assert [each["Principal"] for each in statements(leads)] == [
        {"AWS": {"Fn::Join": ["", ["arn:aws:iam::", ACCOUNT, ":root"]]}}
    ]


def test_each_severity_has_an_encrypted_topic(foundation, environment):
    foundation.resource_count_is("AWS::SNS::Topic", len(AlertSeverity))
    for severity in AlertSeverity:
        foundation.has_resource_properties(
            "AWS::SNS::Topic",
            {
                "TopicName": f"leadwise-{environment.name}-{severity}",
                "KmsMasterKeyId": Match.any_value(),
            },
        )


def test_topics_refuse_messages_without_tls(foundation):
    refusal = {
        "Action": "sns:Publish",
        "Effect": "Deny",
        "Principal": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    foundation.all_resources_properties(
        "AWS::SNS::TopicPolicy",
        {"PolicyDocument": {"Statement": Match.array_with([Match.object_like(refusal)])}},
    )


def test_services_publish_for_this_account_only(plain):
    policies = [
        policy["Properties"]["PolicyDocument"]
        for policy in resources(plain, "AWS::SNS::TopicPolicy").values()
    ]
    allowed = [each for each in statements(*policies) if each["Effect"] == "Allow"]
    assert len(allowed) == len(AlertSeverity)
    for each in allowed:
        assert each["Action"] == ["sns:Publish"]
        assert each["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def _leaves(value):
    """Every value within conditions, joined texts taken apart."""
    if isinstance(value, dict) and "Ref" not in value:
        return [leaf for inner in value.values() for leaf in _leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _leaves(inner)]
    return [value]
