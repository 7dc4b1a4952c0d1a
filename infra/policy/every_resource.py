"""Actions that AWS lets nobody limit to a resource: the only ones that may name ``*``.

Source: the service authorization reference, whose tables name no resource type for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class EveryResource:
    """Actions of one kind, and what limits them instead.

    Parameters
    ----------
    actions : tuple of str
        Each by its whole name.
    reason : str
        Why nothing narrower can be said.
    limit : str, default=''
        Condition key that a statement must name; empty where AWS knows none.
    """

    actions: tuple[str, ...]
    reason: str
    limit: str = ""


#: The list of exceptions. A new entry needs a new reason.
NEEDS_EVERY_RESOURCE = (
    EveryResource(
        actions=("cloudwatch:PutMetricData",),
        reason="metrics have no resource; their namespace limits it",
        limit="cloudwatch:namespace",
    ),
    EveryResource(
        actions=(
            "ec2:DescribeDhcpOptions",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeRouteTables",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcAttribute",
            "ec2:DescribeVpcEndpoints",
            "ec2:DescribeVpcs",
        ),
        reason="reading about networks has no resource; it changes nothing",
    ),
    EveryResource(
        actions=("ecr:GetAuthorizationToken",),
        reason="signs in to the whole registry; what is pulled is limited apart",
    ),
    EveryResource(
        actions=(
            "redshift-data:CancelStatement",
            "redshift-data:DescribeStatement",
            "redshift-data:GetStatementResult",
        ),
        reason="statements have no resource; those of the caller alone, by a condition",
        limit="redshift-data:statement-owner-iam-userid",
    ),
    EveryResource(
        actions=(
            "redshift-serverless:CreateUsageLimit",
            "redshift-serverless:ListUsageLimits",
            "redshift-serverless:UpdateUsageLimit",
        ),
        reason="usage limits have no resource; each names its workgroup when it is made",
    ),
    EveryResource(
        actions=("s3:GetAccountPublicAccessBlock",),
        reason="the account's own setting, which MWAA reads before it starts",
    ),
    EveryResource(
        actions=(
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ),
        reason="Session Manager's channels have no resource",
    ),
    EveryResource(
        actions=("xray:PutTelemetryRecords", "xray:PutTraceSegments"),
        reason="traces have no resource",
    ),
)


def allows_nothing_narrower(action: str, condition: Mapping[str, Any]) -> bool:
    """Whether an action may name every resource, under a statement's condition.

    Parameters
    ----------
    action : str
        Such as ``"xray:PutTraceSegments"``.
    condition : mapping
        Of the statement; empty where it has none.
    """
    return any(
        action in exception.actions and (not exception.limit or exception.limit in str(condition))
        for exception in NEEDS_EVERY_RESOURCE
    )
