"""A VPC of its own: nothing from outside gets in, and each tier says only what it must."""

import json
from dataclasses import replace
from ipaddress import IPv4Network

import pytest
from aws_cdk import App

from infra.constructs.endpoint_policies import ACTIONS
from infra.constructs.tiers import AMONG_THEMSELVES, CONVERSATIONS, OUTWARDS
from infra.environments import DEV, ENVIRONMENTS
from infra.shapes import Egress, Service
from infra.stage import LeadwiseStage
from tests.support.cdk import context
from tests.support.templates import resources, statements, the_only

ACCOUNT = {"Ref": "AWS::AccountId"}
INGRESS, EGRESS = "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"


@pytest.fixture(scope="module", params=ENVIRONMENTS, ids=lambda environment: environment.name)
def environment(request):
    return request.param


@pytest.fixture(scope="module")
def network(environment, stacks_of):
    return stacks_of(environment.name)["network"]


def _subnets(network, kind):
    return [
        subnet["Properties"]
        for subnet in resources(network, "AWS::EC2::Subnet").values()
        if {"Key": "aws-cdk:subnet-type", "Value": kind} in subnet["Properties"]["Tags"]
    ]


@pytest.mark.parametrize("kind", ["Public", "Private", "Isolated"])
def test_each_zone_has_a_subnet_of_each_kind(network, environment, kind):
    zones = [subnet["AvailabilityZone"] for subnet in _subnets(network, kind)]
    assert zones == [
        {"Fn::Select": [zone, {"Fn::GetAZs": ""}]} for zone in range(environment.network.az_count)
    ]


def test_subnets_share_the_vpcs_addresses(network, environment):
    vpc = IPv4Network(environment.network.cidr)
    blocks = [
        IPv4Network(each["Properties"]["CidrBlock"])
        for each in resources(network, "AWS::EC2::Subnet").values()
    ]
    assert the_only(network, "AWS::EC2::VPC")["CidrBlock"] == str(vpc)
    assert all(block.subnet_of(vpc) and block.num_addresses >= 128 for block in blocks)


def test_no_subnet_gives_public_addresses_away(network):
    given = [
        subnet["Properties"]["MapPublicIpOnLaunch"]
        for subnet in resources(network, "AWS::EC2::Subnet").values()
    ]
    assert set(given) == {False}


def test_isolated_subnets_have_no_way_out(network):
    tables = {route["Properties"]["RouteTableId"]["Ref"] for route in _default_routes(network)}
    assert len(tables) > 0
    assert not [table for table in tables if "isolated" in table]


def _default_routes(network):
    routes = resources(network, "AWS::EC2::Route").values()
    return [each for each in routes if each["Properties"]["DestinationCidrBlock"] == "0.0.0.0/0"]


def test_there_are_as_many_nats_as_the_environment_pays_for(network, environment):
    gateways = resources(network, "AWS::EC2::NatGateway")
    machines = resources(network, "AWS::EC2::Instance")
    shape = environment.network
    expected = (shape.nat_count, 0) if shape.egress is Egress.NAT_GATEWAY else (0, shape.nat_count)
    assert (len(gateways), len(machines)) == expected


def test_a_nat_machine_is_small_encrypted_and_keeps_its_credentials(stacks_of):
    machine = the_only(stacks_of("dev")["network"], "AWS::EC2::Instance")
    assert machine["InstanceType"] == "t4g.nano"
    assert machine["MetadataOptions"]["HttpTokens"] == "required"
    (disk,) = machine["BlockDeviceMappings"]
    assert disk["Ebs"]["Encrypted"] is True
    assert "Operations" in disk["Ebs"]["KmsKeyId"]["Fn::ImportValue"]
    assert "KeyName" not in machine


def test_a_nat_machine_passes_https_of_private_subnets_only(stacks_of):
    network = stacks_of("dev")["network"]
    (group,) = [
        each["Properties"]
        for id, each in resources(network, "AWS::EC2::SecurityGroup").items()
        if "Nat" in id
    ]
    private = {subnet["CidrBlock"] for subnet in _subnets(network, "Private")}
    assert {rule["CidrIp"] for rule in group["SecurityGroupIngress"]} == private
    for rule in (*group["SecurityGroupIngress"], *group["SecurityGroupEgress"]):
        assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 443, 443)


def test_nobody_outside_the_vpc_may_begin_a_conversation_but_people_with_the_console(
    network, environment
):
    inline = [
        rule
        for group in resources(network, "AWS::EC2::SecurityGroup").values()
        for rule in group["Properties"].get("SecurityGroupIngress", [])
    ]
    apart = [rule["Properties"] for rule in resources(network, INGRESS).values()]
    offices = environment.console.allowed_cidrs if environment.console else ()
    known = {subnet["CidrBlock"] for subnet in _subnets(network, "Private")} | {*offices}
    assert all(rule.get("CidrIp") in known for rule in inline)
    assert {(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in inline} <= {
        ("tcp", 443, 443)
    }
    assert all("SourceSecurityGroupId" in rule and "CidrIp" not in rule for rule in apart)
    assert not any("CidrIpv6" in rule for rule in (*inline, *apart))


def test_every_conversation_is_let_in_and_out(network):
    expected = {(f"{one} to {two}", port, port) for one, two, port in CONVERSATIONS}
    for kind in (INGRESS, EGRESS):
        rules = [rule["Properties"] for rule in resources(network, kind).values()]
        named = {(r["Description"], r["FromPort"], r["ToPort"]) for r in rules}
        assert {each for each in named if not each[0].startswith("Within")} == expected


def test_only_glue_and_airflow_talk_among_themselves(network):
    rules = [rule["Properties"] for rule in resources(network, INGRESS).values()]
    within = {r["Description"] for r in rules if r["GroupId"] == r["SourceSecurityGroupId"]}
    assert (
        within
        == {f"Within {tier}" for tier, _ in AMONG_THEMSELVES}
        == {
            "Within glue",
            "Within airflow",
        }
    )


def test_tiers_reach_outwards_by_https_only_and_only_those_that_say_why(network):
    open_groups = 0
    for id, group in resources(network, "AWS::EC2::SecurityGroup").items():
        assert group["Properties"]["GroupDescription"]
        for rule in group["Properties"]["SecurityGroupEgress"]:
            if rule["CidrIp"] == "255.255.255.255/32":
                continue  # how CloudFormation says "nothing at all"
            assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 443, 443)
            open_groups += id.startswith("Tiers")
    assert open_groups == len(OUTWARDS)


def test_the_group_that_aws_makes_is_closed(network):
    closed = the_only(network, "Custom::ClosedDefaultGroup")
    (vpc,) = resources(network, "AWS::EC2::VPC")
    assert closed["GroupId"] == {"Fn::GetAtt": [vpc, "DefaultSecurityGroup"]}
    revokes = [each for each in _role_statements(network) if "ec2" in str(each["Action"])]
    assert [each["Action"] for each in revokes] == [
        ["ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"]
    ]
    assert closed["GroupId"] in revokes[0]["Resource"][0]["Fn::Join"][1]


def _role_statements(network):
    policies = resources(network, "AWS::IAM::Policy").values()
    return list(statements(*(each["Properties"]["PolicyDocument"] for each in policies)))


def _endpoints(network, kind):
    return [
        each["Properties"]
        for each in resources(network, "AWS::EC2::VPCEndpoint").values()
        if each["Properties"]["VpcEndpointType"] == kind
    ]


def test_gateways_to_s3_and_dynamodb_serve_every_subnet(network):
    gateways = _endpoints(network, "Gateway")
    assert len(gateways) == 2
    assert {len(each["RouteTableIds"]) for each in gateways} == {9}


def test_interface_endpoints_are_those_that_the_environment_pays_for(network, environment):
    endpoints = _endpoints(network, "Interface")
    expected = {f"com.amazonaws.us-east-1.{each}" for each in environment.network.endpoints}
    assert {str(each["ServiceName"]) for each in endpoints} == expected
    for each in endpoints:
        assert len(each["SubnetIds"]) == environment.network.endpoint_az_count
        assert each["PrivateDnsEnabled"] is True
        assert "TiersEndpoints" in str(each["SecurityGroupIds"])


def test_every_endpoint_has_a_policy_that_names_its_calls(network):
    for endpoint in _endpoints(network, "Gateway") + _endpoints(network, "Interface"):
        for statement in statements(endpoint["PolicyDocument"]):
            assert statement["Effect"] == "Allow"
            assert not [each for each in statement["Action"] if each.endswith((":*", "*:*"))]
            assert "*" not in statement["Action"]


def test_endpoints_pass_principals_of_this_account_only(network):
    published = {"PublishedByAws"}
    for endpoint in _endpoints(network, "Gateway") + _endpoints(network, "Interface"):
        for statement in statements(endpoint["PolicyDocument"]):
            if statement["Sid"] in published:
                assert statement["Action"] == ["s3:GetObject"]
                continue
            assert statement["Condition"]["StringEquals"] == {"aws:PrincipalAccount": ACCOUNT}


def test_the_s3_gateway_leads_to_our_buckets_and_what_aws_publishes(network, environment):
    (s3,) = [each for each in _endpoints(network, "Gateway") if "s3" in str(each["ServiceName"])]
    by_sid = {each["Sid"]: each["Resource"] for each in statements(s3["PolicyDocument"])}
    assert by_sid["OurBuckets"] == [
        f"arn:aws:s3:::leadwise-{environment.name}-*",
        f"arn:aws:s3:::leadwise-{environment.name}-*/*",
    ]
    assert by_sid["PublishedByAws"] == [
        "arn:aws:s3:::al2023-repos-us-east-1-*/*",
        "arn:aws:s3:::amazon-ssm-us-east-1/*",
        "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*",
    ]
    assert {sid for sid, found in by_sid.items() if found == ["*"]} == {"Airflow"}


def test_every_service_that_may_get_an_endpoint_has_a_policy():
    assert set(ACTIONS) == set(Service)


def test_traffic_is_logged_encrypted(network, environment):
    flows = the_only(network, "AWS::EC2::FlowLog")
    assert flows["ResourceType"] == "VPC"
    assert flows["TrafficType"] == "ALL"
    log = network["Resources"][flows["LogGroupName"]["Ref"]]["Properties"]
    assert log["LogGroupName"] == f"/leadwise/{environment.name}/network/flows"
    assert "Operations" in log["KmsKeyId"]["Fn::ImportValue"]


def test_synth_asks_nobody_for_the_zones_of_a_known_account(tmp_path):
    app = App(context=context(), outdir=str(tmp_path))
    LeadwiseStage(app, environment=replace(DEV, account="123456789012"))
    app.synth()
    manifests = [json.loads(each.read_text()) for each in tmp_path.rglob("manifest.json")]
    assert len(manifests) == 2
    assert not [missing for each in manifests for missing in each.get("missing", [])]
