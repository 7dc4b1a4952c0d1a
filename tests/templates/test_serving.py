"""An endpoint that exists once a champion is named, and an API that nobody uses unsigned."""

import re
from dataclasses import replace

import pytest
from aws_cdk import App
from aws_cdk.assertions import Match, Template

from infra.constructs.package_parameter import PATTERN
from infra.environments import PROD, STAGING
from infra.shapes import InstanceEndpoint, Jwt
from infra.stage import LeadwiseStage
from ml.contract.errors import InvalidSettings
from tests.support.cdk import context

ON_INSTANCES = ["staging", "prod"]
EVERYWHERE = ["dev", *ON_INSTANCES]
NEEDS_A_CHAMPION = {
    "AWS::SageMaker::Model",
    "AWS::SageMaker::EndpointConfig",
    "AWS::SageMaker::Endpoint",
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
}
CONFIG, ENDPOINT = "AWS::SageMaker::EndpointConfig", "AWS::SageMaker::Endpoint"


def _only(template: Template, kind: str) -> dict[str, object]:
    (resource,) = template.find_resources(kind).values()
    return resource["Properties"]


def _all(template: Template, kind: str) -> list[dict[str, object]]:
    return [found["Properties"] for found in template.find_resources(kind).values()]


def _statements(template: Template, policy: str) -> list[dict[str, object]]:
    """Statements of the policy whose logical id starts so."""
    policies = template.find_resources("AWS::IAM::Policy")
    (found,) = [body for name, body in policies.items() if name.startswith(policy)]
    return found["Properties"]["PolicyDocument"]["Statement"]


def _actions(template: Template, policy: str) -> set[str]:
    named = [each["Action"] for each in _statements(template, policy)]
    return {action for each in named for action in ([each] if isinstance(each, str) else each)}


def _serving_with(environment) -> Template:
    stage = LeadwiseStage(App(context=context()), environment=environment)
    return Template.from_stack(stage.serving)


@pytest.mark.parametrize("environment", EVERYWHERE)
def test_without_a_champion_nothing_is_hosted(template_of, environment):
    template = template_of(environment, "serving").to_json()
    assert template["Parameters"]["ChampionPackage"]["Default"] == ""
    for name, resource in template["Resources"].items():
        if resource["Type"] in NEEDS_A_CHAMPION:
            assert resource["Condition"] in {"HasChampionPackage", "HasShadowPackage"}, name


@pytest.mark.parametrize("environment", ON_INSTANCES)
def test_a_shadow_needs_a_champion(template_of, environment):
    conditions = template_of(environment, "serving").to_json()["Conditions"]
    assert {"Condition": "HasChampionPackage"} in conditions["HasShadowPackage"]["Fn::And"]


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("", True),
        ("s3://leadwise-dev-artifacts/packages/lead_conversion/ab12/model.tar.gz", True),
        ("s3://bucket/model.tar.gz", False),
        ("s3://bucket/packages/model.zip", False),
        ("https://bucket/packages/model.tar.gz", False),
        ("s3://bucket/packages/../model.tar.gz x", False),
    ],
)
def test_a_package_is_an_address_in_s3(text, fits):
    assert bool(re.fullmatch(PATTERN, text)) is fits


@pytest.mark.parametrize("environment", EVERYWHERE)
def test_a_new_package_makes_a_new_model_and_configuration(template_of, environment):
    template = template_of(environment, "serving")
    for kind, name in (("AWS::SageMaker::Model", "ModelName"), (CONFIG, "EndpointConfigName")):
        for resource in template.find_resources(kind).values():
            assert name not in resource["Properties"]
    assert _only(template, ENDPOINT)["EndpointName"] == f"leadwise-{environment}-lead-conversion"


@pytest.mark.parametrize("environment", ON_INSTANCES)
def test_models_on_instances_reach_nothing(template_of, environment):
    template_of(environment, "serving").all_resources_properties(
        "AWS::SageMaker::Model",
        {
            "EnableNetworkIsolation": True,
            "VpcConfig": {"Subnets": Match.any_value(), "SecurityGroupIds": Match.any_value()},
        },
    )


@pytest.mark.parametrize("environment", ON_INSTANCES)
def test_every_request_is_captured_under_our_key(template_of, environment):
    capture = _only(template_of(environment, "serving"), CONFIG)["DataCaptureConfig"]
    assert capture["EnableCapture"] is True
    assert capture["InitialSamplingPercentage"] == 100
    assert [each["CaptureMode"] for each in capture["CaptureOptions"]] == ["Input", "Output"]
    assert "Data" in str(capture["KmsKeyId"])
    assert "/capture/lead_conversion/" in str(capture["DestinationS3Uri"])


@pytest.mark.parametrize("environment", EVERYWHERE)
def test_disks_are_encrypted_with_our_key(template_of, environment):
    key = _only(template_of(environment, "serving"), CONFIG)["KmsKeyId"]
    assert "Operations" in str(key)


def test_the_challenger_answers_in_the_shadow_while_it_is_named(template_of):
    config = _only(template_of("prod", "serving"), CONFIG)
    condition, (shadow,), nothing = config["ShadowProductionVariants"]["Fn::If"]
    assert condition == "HasShadowPackage"
    assert shadow["VariantName"] == "challenger"
    assert nothing == {"Ref": "AWS::NoValue"}
    answering = [variant["VariantName"] for variant in config["ProductionVariants"]]
    assert answering == ["champion"], "SageMaker gives a shadow's answers to nobody"
    machines = ("InitialInstanceCount", "InstanceType")
    assert all(shadow[each] for each in machines), "what hangs holds up machines of its own"


def test_one_instance_is_watched_before_the_old_one_goes(template_of):
    policy = _only(template_of("staging", "serving"), ENDPOINT)["DeploymentConfig"]
    assert policy["BlueGreenUpdatePolicy"]["TerminationWaitInSeconds"] == 600
    routing = policy["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert routing["Type"] == "ALL_AT_ONCE"


def test_two_instances_try_a_new_model_on_a_canary():
    shape = InstanceEndpoint(
        instance_type="ml.c6i.large", min_instances=2, canary_percent=25, bake_minutes=15
    )
    template = _serving_with(replace(PROD, endpoint=shape))
    policy = _only(template, ENDPOINT)["DeploymentConfig"]["BlueGreenUpdatePolicy"]
    assert policy["TrafficRoutingConfiguration"] == {
        "Type": "CANARY",
        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 25},
        "WaitIntervalInSeconds": 900,
    }
    # As many at least as at most: nothing to scale.
    template.resource_count_is("AWS::ApplicationAutoScaling::ScalableTarget", 0)


@pytest.mark.parametrize("environment", ON_INSTANCES)
def test_the_alarms_that_end_a_trial_look_at_the_variant_on_trial(template_of, environment):
    template = template_of(environment, "serving")
    (variant,) = _only(template, CONFIG)["ProductionVariants"]
    config = _only(template, ENDPOINT)["DeploymentConfig"]["AutoRollbackConfiguration"]
    alarms = template.find_resources("AWS::CloudWatch::Alarm")
    watched = [alarms[each["AlarmName"]["Ref"]]["Properties"] for each in config["Alarms"]]
    assert {each["MetricName"] for each in watched} == {
        "Invocation5XXErrors",
        "InvocationModelErrors",
        "ModelLatency",
    }
    for each in watched:
        assert {pair["Name"]: pair["Value"] for pair in each["Dimensions"]} == {
            "EndpointName": f"leadwise-{environment}-lead-conversion",
            "VariantName": variant["VariantName"],
        }
        assert each["Period"] * each["EvaluationPeriods"] <= 600, "longer than the trial"


def test_sagemaker_may_ask_whether_those_alarms_sound(template_of):
    template = template_of("prod", "serving")
    (asking,) = [
        each
        for each in _statements(template, "EndpointRoleDefaultPolicy")
        if each["Action"] == "cloudwatch:DescribeAlarms"
    ]
    config = _only(template, ENDPOINT)["DeploymentConfig"]["AutoRollbackConfiguration"]
    asked = {each["Fn::GetAtt"][0] for each in asking["Resource"]}
    assert asked == {each["AlarmName"]["Ref"] for each in config["Alarms"]}


def test_instances_follow_the_number_of_requests(template_of):
    template = template_of("prod", "serving")
    target = _only(template, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 4)
    assert target["ResourceId"]["Fn::Join"][1][2] == "/variant/champion"
    policy = _only(template, "AWS::ApplicationAutoScaling::ScalingPolicy")
    tracking = policy["TargetTrackingScalingPolicyConfiguration"]
    metric = tracking["PredefinedMetricSpecification"]["PredefinedMetricType"]
    assert metric == "SageMakerVariantInvocationsPerInstance"


def test_dev_is_serverless_and_has_what_that_offers(template_of):
    template = template_of("dev", "serving")
    config = _only(template, CONFIG)
    (variant,) = config["ProductionVariants"]
    assert variant["ServerlessConfig"] == {"MaxConcurrency": 5, "MemorySizeInMB": 2048}
    assert not {"DataCaptureConfig", "ShadowProductionVariants"} & set(config)
    assert "DeploymentConfig" not in _only(template, ENDPOINT)
    assert "ShadowPackage" not in template.to_json()["Parameters"]
    template.resource_count_is("AWS::ApplicationAutoScaling::ScalableTarget", 0)


@pytest.mark.parametrize("environment", EVERYWHERE)
def test_what_answers_reads_packages_and_changes_nothing(template_of, environment):
    template = template_of(environment, "serving")
    may = _actions(template, "EndpointRoleDefaultPolicy")
    assert not any(action.endswith("*") for action in may)
    writes = [
        each
        for each in _statements(template, "EndpointRoleDefaultPolicy")
        if each["Action"] == "s3:PutObject"
    ]
    assert all("/capture/lead_conversion/*" in str(each["Resource"]) for each in writes)
    assert bool(writes) is (environment != "dev")


def test_batch_transforms_read_clean_leads_and_write_scores(template_of):
    statements = _statements(template_of("prod", "serving"), "BatchRoleDefaultPolicy")
    s3 = {each["Action"]: str(each["Resource"]) for each in statements if "s3:" in each["Action"]}
    assert "/packages/lead_conversion/*" in str(statements)
    assert "/clean/*" in str(statements)
    assert "/transforms/lead_conversion/*" in s3["s3:PutObject"]


@pytest.mark.parametrize("environment", EVERYWHERE)
def test_every_route_needs_a_signature(template_of, environment):
    template = template_of(environment, "serving")
    routes = _all(template, "AWS::ApiGatewayV2::Route")
    assert {(route["RouteKey"], route["AuthorizationType"]) for route in routes} == {
        ("POST /v1/score", "AWS_IAM"),
        ("POST /v1/score/batch", "AWS_IAM"),
    }
    assert "CorsConfiguration" not in _only(template, "AWS::ApiGatewayV2::Api")


def test_tokens_are_accepted_where_an_issuer_is_named():
    jwt = Jwt(issuer="https://login.example.com/", audience=("leadwise",))
    template = _serving_with(replace(STAGING, api_jwt=jwt))
    routes = _all(template, "AWS::ApiGatewayV2::Route")
    assert {route["AuthorizationType"] for route in routes} == {"JWT"}
    authorizer = _only(template, "AWS::ApiGatewayV2::Authorizer")
    assert authorizer["JwtConfiguration"] == {
        "Audience": ["leadwise"],
        "Issuer": "https://login.example.com/",
    }


@pytest.mark.parametrize("environment", EVERYWHERE)
def test_requests_are_limited_and_logged_without_their_leads(template_of, environment):
    stage = _only(template_of(environment, "serving"), "AWS::ApiGatewayV2::Stage")
    assert stage["DefaultRouteSettings"] == {
        "ThrottlingBurstLimit": 100,
        "ThrottlingRateLimit": 50,
    }
    logged = stage["AccessLogSettings"]["Format"]
    assert "$context.requestId" in logged
    assert not re.search(r"body|sourceIp|\$input|\$request", logged)


@pytest.mark.parametrize("environment", EVERYWHERE)
def test_the_lambda_may_ask_this_endpoint_only(template_of, environment):
    template = template_of(environment, "serving")
    (asking,) = [
        each
        for each in _statements(template, "ScoreLeadRoleDefaultPolicy")
        if "sagemaker:" in str(each["Action"])
    ]
    assert asking["Action"] == "sagemaker:InvokeEndpoint"
    assert str(asking["Resource"]).count(f"endpoint/leadwise-{environment}-lead-conversion'") == 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"instance_type": "ml.c6g.large"}, "an ARM type"),
        ({"instance_type": "ml.c5d.large"}, "a disk of its own"),
        ({"instance_type": "ml.c6i.large", "bake_minutes": 61}, "expected 1 to 60"),
    ],
)
def test_an_endpoint_that_sagemaker_would_refuse_is_refused_at_once(values, said):
    with pytest.raises(InvalidSettings, match=said):
        InstanceEndpoint(**values)


@pytest.mark.parametrize(
    ("issuer", "audience", "said"),
    [
        ("http://login.example.com", ("leadwise",), "issuer is 'http:"),
        ("https://login.example.com", (), "at least one name"),
        ("https://login.example.com", ("",), "none of them empty"),
    ],
)
def test_tokens_that_anyone_could_make_are_refused_at_once(issuer, audience, said):
    with pytest.raises(InvalidSettings, match=said):
        Jwt(issuer=issuer, audience=audience)
