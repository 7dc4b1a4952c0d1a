"""The ways on which data may be reached; a request on any other way is refused."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from infra.environments import Environment
from ml.contract.names import PRODUCT

#: Role for emergencies: whoever administers the account makes it, and watches who takes it on.
BREAK_GLASS = f"{PRODUCT}-break-glass"

_OBJECT_ACTIONS = ["s3:DeleteObject*", "s3:GetObject*", "s3:PutObject*", "s3:RestoreObject"]


def only_known_ways(
    bucket: s3.Bucket, *, endpoint: ec2.IGatewayVpcEndpoint, environment: Environment
) -> None:
    """Deny a bucket's objects to requests that come on no known way.

    Known are the VPC's endpoint, an AWS service that acts for itself or for a caller (Athena),
    the roles of this environment (some run outside the VPC: Lambdas, Glue's crawler), the CDK's
    own roles, and the role for emergencies. A person with rights on S3 alone sees nothing.

    Parameters
    ----------
    bucket : Bucket
        What is guarded.
    endpoint : IGatewayVpcEndpoint
        The VPC's way to S3.
    environment : Environment
        Whose roles are known, by the beginning of their names.
    """
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="OnlyKnownWays",
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=_OBJECT_ACTIONS,
            resources=[bucket.arn_for_objects("*")],
            # All must hold for the refusal: the request is on none of the known ways.
            conditions={
                "StringNotEquals": {"aws:SourceVpce": endpoint.vpc_endpoint_id},
                "ArnNotLike": {"aws:PrincipalArn": _known_roles(bucket, environment)},
                "BoolIfExists": {
                    "aws:PrincipalIsAWSService": "false",
                    "aws:ViaAWSService": "false",
                },
            },
        )
    )


def _known_roles(bucket: s3.Bucket, environment: Environment) -> list[str]:
    account = cdk.Stack.of(bucket).account
    names = (f"{PRODUCT}-{environment.name}-*", "cdk-*", BREAK_GLASS)
    return [f"arn:{cdk.Stack.of(bucket).partition}:iam::{account}:role/{name}" for name in names]
