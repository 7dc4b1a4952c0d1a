"""The console is closed to all but people who signed in, from networks that are named."""

from dataclasses import fields, replace

import pytest
from aws_cdk import App
from aws_cdk.assertions import Match, Template

from infra.environments import STAGING
from infra.stage import LeadwiseStage
from ml.contract.cloud_settings import TABLE_EXPIRY, ConsoleSettings, MemorySettings
from ml.contract.errors import InvalidSettings
from tests.support.cdk import context
from tests.support.receipts_table import TABLE

WITH_CONSOLE = ["staging", "prod"]


@pytest.fixture(scope="module", params=WITH_CONSOLE)
def environment(request):
    return request.param


@pytest.fixture(scope="module")
def console(template_of, environment):
    return template_of(environment, "console")


def _only(template: Template, kind: str) -> dict[str, object]:
    (resource,) = template.find_resources(kind).values()
    return resource["Properties"]


def _container(console: Template) -> dict[str, object]:
    (container,) = _only(console, "AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    return container


def _statements(template: Template, role: str) -> list[dict[str, object]]:
    for policy in template.find_resources("AWS::IAM::Policy").values():
        if policy["Properties"]["PolicyName"].startswith(f"{role}DefaultPolicy"):
            return policy["Properties"]["PolicyDocument"]["Statement"]
    raise LookupError(role)


def test_dev_has_none(stacks_of):
    assert "console" not in stacks_of("dev")


def test_the_only_way_in_is_https_with_sign_in(console):
    listener = _only(console, "AWS::ElasticLoadBalancingV2::Listener")
    assert (listener["Port"], listener["Protocol"]) == (443, "HTTPS")
    assert listener["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
    assert [each["Type"] for each in listener["DefaultActions"]] == [
        "authenticate-cognito",
        "forward",
    ]
    console.resource_count_is("AWS::ElasticLoadBalancingV2::ListenerRule", 0)


def test_the_pages_believe_their_own_balancer_and_user_pool_only(console):
    variables = {each["Name"]: each["Value"] for each in _container(console)["Environment"]}
    found = {
        name.removeprefix("LEADWISE_ACCESS_"): value
        for name, value in variables.items()
        if name.startswith("LEADWISE_ACCESS_")
    }
    (balancer,) = console.find_resources("AWS::ElasticLoadBalancingV2::LoadBalancer")
    (pool,) = console.find_resources("AWS::Cognito::UserPool")
    (client,) = console.find_resources("AWS::Cognito::UserPoolClient")
    assert (found["MODE"], found["GROUPS_CLAIM"]) == ("oidc", "cognito:groups")
    assert found["BALANCER"] == {"Ref": balancer}
    assert found["ISSUER"] == {"Fn::GetAtt": [pool, "ProviderURL"]}
    assert found["AUDIENCE"] == {"Ref": client}
    assert int(found["REQUESTS_PER_SECOND"]) > 0
    assert found["NAMES"]


def test_there_is_a_group_for_each_role(console):
    groups = console.find_resources("AWS::Cognito::UserPoolGroup").values()
    names = {group["Properties"]["GroupName"] for group in groups}
    assert names == {"leadwise-viewer", "leadwise-rep", "leadwise-operator"}


def test_only_named_networks_reach_the_balancer(template_of, environment):
    network = template_of(environment, "network")
    groups = network.find_resources(
        "AWS::EC2::SecurityGroup", {"Properties": {"GroupDescription": "Tier console-balancer"}}
    )
    (group,) = groups.values()
    (rule,) = group["Properties"]["SecurityGroupIngress"]
    assert (rule["CidrIp"], rule["FromPort"], rule["ToPort"]) == ("192.0.2.0/24", 443, 443)


def test_the_stack_opens_no_group(console):
    for kind in ("SecurityGroup", "SecurityGroupIngress", "SecurityGroupEgress"):
        console.resource_count_is(f"AWS::EC2::{kind}", 0)


def test_the_balancer_is_protected_logged_and_strict(console):
    balancer = _only(console, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    attributes = {each["Key"]: each["Value"] for each in balancer["LoadBalancerAttributes"]}
    assert attributes["deletion_protection.enabled"] == "true"
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"
    assert attributes["routing.http.desync_mitigation_mode"] == "strictest"
    assert attributes["access_logs.s3.enabled"] == "true"
    assert "AccessLogs" in str(attributes["access_logs.s3.bucket"])


def test_balancer_and_containers_stand_in_the_same_two_zones(console):
    balancer = _only(console, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    service = _only(console, "AWS::ECS::Service")
    place = service["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert [len(balancer["Subnets"]), len(place["Subnets"])] == [2, 2]
    assert all("publicSubnet" in str(each) for each in balancer["Subnets"])
    assert all("privateSubnet" in str(each) for each in place["Subnets"])
    assert place["AssignPublicIp"] == "DISABLED"


def test_accounts_are_made_by_administrators_and_need_a_second_factor(console):
    pool = _only(console, "AWS::Cognito::UserPool")
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == ("ON", ["SOFTWARE_TOKEN_MFA"])
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12
    assert pool["UserPoolAddOns"] == {"AdvancedSecurityMode": "ENFORCED"}
    assert pool["DeletionProtection"] == "ACTIVE"
    console.all_resources("AWS::Cognito::UserPool", {"DeletionPolicy": "Retain"})


def test_people_come_back_to_the_console_only(console, environment):
    client = _only(console, "AWS::Cognito::UserPoolClient")
    domain = {"staging": "leads.staging.example.com", "prod": "leads.example.com"}[environment]
    assert client["CallbackURLs"] == [f"https://{domain}/oauth2/idpresponse"]
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["GenerateSecret"] is True


def test_the_container_can_do_nothing_but_serve(console):
    container = _container(console)
    assert container["Command"] == ["console"]
    assert container["User"] == "10001"
    assert container["ReadonlyRootFilesystem"] is True
    assert container["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    assert [mount["ContainerPath"] for mount in container["MountPoints"]] == ["/tmp"]


def test_the_user_is_the_one_of_the_image(console):
    from infra.source_assets import ROOT

    assert f"--uid {_container(console)['User']} " in (ROOT / "Dockerfile").read_text()


def test_the_container_runs_on_the_processor_of_the_image(console):
    platform = _only(console, "AWS::ECS::TaskDefinition")["RuntimePlatform"]
    assert platform == {"CpuArchitecture": "X86_64", "OperatingSystemFamily": "LINUX"}


def test_the_pages_may_read_of_models_keep_receipts_and_no_more(console):
    statements = _statements(console, "TaskRole")
    assert [each["Action"] for each in statements] == [
        "s3:GetObject",
        *["s3:ListBucket"] * 5,
        ["dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:PutItem"],
        "dynamodb:Query",
        "kms:Decrypt",
    ]
    shown = (
        f"home/lead_conversion/lake/{zone}/lead_conversion/*"
        for zone in ("models", "drift", "decisions", "investigations")
    )
    read = ("home/lead_conversion/serving/*", *shown)
    assert {str(each["Fn::Join"][1][-1]) for each in statements[0]["Resource"]} == {
        f"/{prefix}" for prefix in read
    }
    assert [each["Condition"] for each in statements[1:6]] == [
        {"StringLike": {"s3:prefix": prefix}} for prefix in read
    ]
    (query,) = (each for each in statements if each["Action"] == "dynamodb:Query")
    assert len([each for each in query["Resource"] if "Ledger" in str(each)]) == 1


def test_the_page_models_is_told_which_ledger_and_which_commands_are_the_accounts(
    console, environment
):
    told = {each["Name"]: each["Value"] for each in _container(console)["Environment"]}
    assert "Ledger" in str(told[ConsoleSettings.variable("ledger_table")])
    assert told[ConsoleSettings.variable("environment")] == environment
    assert told[ConsoleSettings.variable("pipeline")] == f"leadwise-{environment}-retrain"


def test_receipts_outlive_task_and_stack_and_go_when_their_days_are_over(console):
    (table,) = console.find_resources("AWS::DynamoDB::Table").values()
    made = table["Properties"]
    for name in ("KeySchema", "AttributeDefinitions", "BillingMode"):
        assert made[name] == TABLE[name]
    assert made["GlobalSecondaryIndexes"] == TABLE["GlobalSecondaryIndexes"]
    assert made["TimeToLiveSpecification"] == {"AttributeName": TABLE_EXPIRY, "Enabled": True}
    assert made["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert "foundation:ExportsOutputFnGetAttData" in str(made["SSESpecification"]["KMSMasterKeyId"])
    assert made["DeletionProtectionEnabled"] is True
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_people_are_told_where_an_account_remembers(console):
    (told,) = (each for id, each in console.find_outputs("*").items() if id == "MemorySettings")
    for field in fields(MemorySettings):
        assert f"export {MemorySettings.variable(field.name)}=" in str(told["Value"])


def test_a_broken_release_is_taken_back(console):
    console.has_resource_properties(
        "AWS::ECS::Service",
        {
            "DeploymentConfiguration": {
                "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
                "MinimumHealthyPercent": 100,
            },
            "LoadBalancers": [Match.object_like({"ContainerPort": 8080})],
        },
    )
    (service,) = console.find_resources("AWS::ECS::Service").values()
    assert any(name.startswith("TaskStartRoleDefaultPolicy") for name in service["DependsOn"])


def test_scored_files_are_found_again_where_they_were_scored(console):
    target = _only(console, "AWS::ElasticLoadBalancingV2::TargetGroup")
    attributes = {each["Key"]: each["Value"] for each in target["TargetGroupAttributes"]}
    assert attributes["stickiness.enabled"] == "true"
    assert target["HealthCheckPath"] == "/health/live"


def test_containers_double_when_busy(console):
    target = _only(console, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 2)
    # A number here would undo what autoscaling decided, with each deployment.
    assert "DesiredCount" not in _only(console, "AWS::ECS::Service")


def test_production_stands_behind_a_firewall(template_of):
    rules = _only(template_of("prod", "console"), "AWS::WAFv2::WebACL")["Rules"]
    assert [rule["Name"] for rule in rules] == ["limit-per-address", "common-attacks"]
    template_of("prod", "console").resource_count_is("AWS::WAFv2::WebACLAssociation", 1)
    template_of("staging", "console").resource_count_is("AWS::WAFv2::WebACL", 0)


def test_nobody_answering_wakes_somebody(console):
    console.has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {
            "MetricName": "HealthyHostCount",
            "ComparisonOperator": "LessThanThreshold",
            "Threshold": 1,
            "TreatMissingData": "breaching",
        },
    )


@pytest.mark.parametrize("networks", [("0.0.0.0/0",), (), ("office",), ("192.0.2.7/24",)])
def test_networks_that_are_none_are_refused_at_once(networks):
    with pytest.raises(InvalidSettings, match="allowed_cidrs"):
        replace(STAGING.console, allowed_cidrs=networks)


def test_more_tasks_are_the_fewest():
    environment = replace(STAGING, console=replace(STAGING.console, tasks=3))
    stage = LeadwiseStage(App(context=context()), environment=environment)
    target = _only(
        Template.from_stack(stage.console), "AWS::ApplicationAutoScaling::ScalableTarget"
    )
    assert (target["MinCapacity"], target["MaxCapacity"]) == (3, 6)
