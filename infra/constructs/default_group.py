"""The group that AWS makes with each VPC: nobody uses it, so it lets nothing through."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.constructs.python_function import PythonFunction
from infra.environments import Environment
from ml.contract.settings import Settings


class ClosedDefaultGroup(Construct):
    """Takes the rules out of a VPC's default security group; CloudFormation itself cannot.

    Parameters
    ----------
    scope, id
        As of every construct.
    vpc : Vpc
        Whose group it is.
    environment : Environment
        Says how long the Lambda's log is kept.
    key : IKey
        Encrypts the Lambda's log.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: ec2.Vpc,
        environment: Environment,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, id)
        stack = cdk.Stack.of(self)
        group = vpc.vpc_default_security_group
        function = PythonFunction(
            self,
            "Function",
            module="default_group",
            purpose="closes the default security group",
            settings=Settings(),
            environment=environment,
            key=key,
        )
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
                resources=[
                    stack.format_arn(service="ec2", resource="security-group", resource_name=group)
                ],
            )
        )
        closed = cdk.CustomResource(
            self,
            "Closed",
            resource_type="Custom::ClosedDefaultGroup",
            service_token=function.function_arn,
            properties={"GroupId": group, "Account": stack.account},
        )
        closed.node.add_dependency(function.role)
