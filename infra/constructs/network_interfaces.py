"""What SageMaker needs to put its machines into our subnets."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

_DESCRIBE = (
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)
_CHANGE = (
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
)


def let_join(
    role: iam.Role, *, vpc: ec2.IVpc, subnets: ec2.SubnetSelection, group: ec2.ISecurityGroup
) -> None:
    """Let a role put network interfaces of one security group into subnets, and remove them.

    Parameters
    ----------
    role : Role
        Of SageMaker.
    vpc : IVpc
    subnets : SubnetSelection
        Of the VPC; interfaces appear in no others.
    group : ISecurityGroup
        The only one that they may have.
    """
    stack = cdk.Stack.of(role)
    # Interfaces get their names when they are made; subnets and group are what limits them.
    interfaces = _arn(stack, "network-interface", "*")
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["ec2:CreateNetworkInterface"],
            resources=[
                interfaces,
                _arn(stack, "security-group", group.security_group_id),
                *(_arn(stack, "subnet", each) for each in subnet_ids(vpc, subnets)),
            ],
        )
    )
    role.add_to_policy(
        iam.PolicyStatement(
            actions=list(_CHANGE),
            resources=[interfaces],
            conditions={"ArnEquals": {"ec2:Vpc": _arn(stack, "vpc", vpc.vpc_id)}},
        )
    )
    # Reading about networks has no resources to name.
    role.add_to_policy(iam.PolicyStatement(actions=list(_DESCRIBE), resources=["*"]))


def subnet_ids(vpc: ec2.IVpc, subnets: ec2.SubnetSelection) -> list[str]:
    """Names of the subnets that are selected."""
    return vpc.select_subnets(
        subnets=subnets.subnets,
        subnet_type=subnets.subnet_type,
        subnet_group_name=subnets.subnet_group_name,
    ).subnet_ids


def _arn(stack: cdk.Stack, kind: str, name: str) -> str:
    return stack.format_arn(service="ec2", resource=kind, resource_name=name)
