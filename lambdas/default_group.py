"""Closes a VPC's default security group, which AWS opens to itself and to the world."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.exceptions import ClientError

from lambdas.cloudformation import Event, custom_resource

_GONE = "InvalidPermission.NotFound"


def close(event: Event) -> str:
    """Take both rules that AWS makes from the group, where they are there."""
    if event["RequestType"] != "Delete":  # it goes with its VPC
        group, owner = (event["ResourceProperties"][name] for name in ("GroupId", "Account"))
        ec2 = boto3.client("ec2")
        itself = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group, "UserId": owner}]}
        everyone = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        _revoke(ec2.revoke_security_group_ingress, group, itself)
        _revoke(ec2.revoke_security_group_egress, group, everyone)
    return "closed-default-group"


def _revoke(revoke: Any, group: str, permission: dict[str, Any]) -> None:
    try:
        revoke(GroupId=group, IpPermissions=[permission])
    except ClientError as error:
        if error.response["Error"]["Code"] != _GONE:
            raise


handler = custom_resource(close)
