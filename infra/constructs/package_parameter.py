"""A model package that the stack is told of when it is deployed, or none."""

from typing import cast

import aws_cdk as cdk
from constructs import Construct

#: Nothing, or the S3 address of one package.
PATTERN = r"^$|^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/([A-Za-z0-9_.=-]+/)+model\.tar\.gz$"


class PackageParameter(Construct):
    """A CloudFormation parameter for the S3 address of a ``model.tar.gz``.

    Parameters
    ----------
    scope, id
        As of every construct; the id is the parameter's name.
    purpose : str
        What the package becomes.
    beside : PackageParameter or None
        Another package without which this one is of no use.

    Attributes
    ----------
    uri : str
        The address; empty while there is no package.
    given : CfnCondition
        Holds once there is one, and the one beside it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        purpose: str,
        beside: "PackageParameter | None" = None,
    ) -> None:
        super().__init__(scope, id)
        parameter = cdk.CfnParameter(
            self,
            "Parameter",
            default="",
            allowed_pattern=PATTERN,
            constraint_description="empty, or such as s3://bucket/folder/model.tar.gz",
            description=f"S3 address of the package that becomes {purpose}; empty: none",
        )
        parameter.override_logical_id(id)
        self.uri = parameter.value_as_string
        named = cdk.Fn.condition_not(cdk.Fn.condition_equals(self.uri, ""))
        self.given: cdk.CfnCondition = cdk.CfnCondition(
            self,
            "Given",
            expression=cdk.Fn.condition_and(_expression(beside.given), named) if beside else named,
        )
        self.given.override_logical_id(f"Has{id}")


def _expression(condition: cdk.CfnCondition) -> cdk.ICfnConditionExpression:
    # jsii does not tell mypy that a condition is an expression.
    return cast(cdk.ICfnConditionExpression, condition)
