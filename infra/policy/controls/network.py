"""VPC, security groups, endpoints, instances."""

from typing import Any

from infra.policy.control import Control
from infra.policy.template import Resource

_GROUP = ("AWS::EC2::SecurityGroup",)
_RULE_IN = ("AWS::EC2::SecurityGroupIngress",)
_SUBNET = ("AWS::EC2::Subnet",)
_TEMPLATE = ("AWS::EC2::LaunchTemplate",)
_INSTANCE = ("AWS::EC2::Instance",)
_TEMPLATE_OPTIONS = "LaunchTemplateData.MetadataOptions"
_ANYWHERE = {"0.0.0.0/0", "::/0"}
_ALLOWED_PORTS = {443, 5000, 5432, 5439, 8080}
_ALL_PORTS = (0, 65535)


def _is_open(rule: dict[str, Any]) -> bool:
    return rule.get("CidrIp") in _ANYWHERE or rule.get("CidrIpv6") in _ANYWHERE


def _names_ports(rule: dict[str, Any]) -> bool:
    """Whether a rule is narrower than all protocols and ports; a group may talk to itself."""
    return rule.get("IpProtocol") not in {"-1", -1} or "SourceSecurityGroupId" in rule


def _listens_narrowly(group: Resource) -> bool:
    return all(
        not _is_open(rule) and _names_ports(rule) for rule in group.list("SecurityGroupIngress")
    )


def _sends_narrowly(group: Resource) -> bool:
    """Whether some rule says where it may send: CloudFormation then takes the default one away."""
    apart = [
        dict(rule.body["Properties"])
        for rule in group.stack.naming(group, "AWS::EC2::SecurityGroupEgress", "GroupId")
    ]
    rules = group.list("SecurityGroupEgress") + apart
    return bool(rules) and not any(_is_open(r) and r.get("IpProtocol") == "-1" for r in rules)


def _opens_known_port(rule: Resource) -> bool:
    ports = (rule.get("FromPort"), rule.get("ToPort"))
    if rule.get("GroupId") == rule.get("SourceSecurityGroupId") and ports == _ALL_PORTS:
        return True  # members of one tier among themselves, as Spark's executors
    return ports[0] == ports[1] and ports[0] in _ALLOWED_PORTS


def _has_flow_log(vpc: Resource) -> bool:
    return any(True for _ in vpc.stack.naming(vpc, "AWS::EC2::FlowLog", "ResourceId"))


def _asks_for_tokens(machine: Resource) -> bool:
    options = "MetadataOptions" if machine.type in _INSTANCE else _TEMPLATE_OPTIONS
    return bool(machine.get(f"{options}.HttpTokens") == "required")


def _disks_are_encrypted(resource: Resource) -> bool:
    path = (
        "LaunchTemplateData.BlockDeviceMappings"
        if resource.type in _TEMPLATE
        else "BlockDeviceMappings"
    )
    disks = [each.get("Ebs", {}) for each in resource.list(path)]
    # A template that names no disk of its own only sets options of a machine that names them.
    return all(disk.get("Encrypted") is True for disk in disks)


def _has_no_public_address(template: Resource) -> bool:
    interfaces = template.list("LaunchTemplateData.NetworkInterfaces")
    return not any(each.get("AssociatePublicIpAddress") for each in interfaces)


def _is_private_or_nat(machine: Resource) -> bool:
    interfaces = machine.list("NetworkInterfaces")
    is_public = any(each.get("AssociatePublicIpAddress") for each in interfaces)
    return not is_public or machine.get("SourceDestCheck") is False


def _default_group_is_closed(vpc: Resource) -> bool:
    return any(True for _ in vpc.stack.naming(vpc, "Custom::ClosedDefaultGroup", "GroupId"))


def _opens_no_shell(resource: Resource) -> bool:
    return resource.get("KeyName") is None and resource.get("LaunchTemplateData.KeyName") is None


def _policy_is_narrow(endpoint: Resource) -> bool:
    document = endpoint.get("PolicyDocument")
    return document is not None and all(
        statement["Effect"] == "Deny"
        or "Condition" in statement
        or statement.get("Action") not in ("*", ["*"])
        for statement in document["Statement"]
    )


CONTROLS = (
    Control(
        id="EC2.2",
        says="the VPC's default group lets nothing in or out",
        types=("AWS::EC2::VPC",),
        holds=_default_group_is_closed,
    ),
    Control(
        id="EC2.6",
        says="the VPC's traffic is logged",
        types=("AWS::EC2::VPC",),
        holds=_has_flow_log,
    ),
    Control(
        id="EC2.15",
        says="the subnet gives out no public addresses",
        types=_SUBNET,
        holds=lambda r: r.get("MapPublicIpOnLaunch") is not True,
    ),
    Control(
        id="EC2.18",
        says="the group lets nobody in from everywhere, nor on every port",
        types=_GROUP,
        holds=_listens_narrowly,
    ),
    Control(
        id="EC2.19",
        says="a rule between groups opens one of our ports",
        types=_RULE_IN,
        holds=_opens_known_port,
    ),
    Control(
        id="LW.EC2.1",
        says="the group says where it may send to",
        types=_GROUP,
        holds=_sends_narrowly,
    ),
    Control(
        id="EC2.8",
        says="the machine's metadata needs a token",
        types=(*_TEMPLATE, *_INSTANCE),
        holds=_asks_for_tokens,
    ),
    Control(
        id="EC2.3",
        says="disks are encrypted",
        types=(*_TEMPLATE, *_INSTANCE),
        holds=_disks_are_encrypted,
    ),
    Control(
        id="EC2.9",
        says="only a machine that translates addresses has a public one",
        types=_INSTANCE,
        holds=_is_private_or_nat,
    ),
    Control(
        id="EC2.25",
        says="the machine has no public address",
        types=_TEMPLATE,
        holds=_has_no_public_address,
    ),
    Control(
        id="LW.EC2.2",
        says="there is no key pair",
        types=(*_TEMPLATE, *_INSTANCE),
        holds=_opens_no_shell,
    ),
    Control(
        id="LW.EC2.3",
        says="the endpoint has a policy of its own",
        types=("AWS::EC2::VPCEndpoint",),
        holds=_policy_is_narrow,
    ),
    Control(
        id="AutoScaling.1",
        says="a group's sick machine is replaced",
        types=("AWS::AutoScaling::AutoScalingGroup",),
        holds=lambda r: r.get("HealthCheckType") is not None,
    ),
)
