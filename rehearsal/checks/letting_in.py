"""Who lets whom in, as the policies say that were deployed."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.account import Account

_EVENTS = "events.amazonaws.com"


def takes(account: Account, target: str, source: str) -> bool:
    """Whether the target's own policy lets EventBridge in on behalf of the rule."""
    service = target.split(":")[2]
    if service == "lambda":
        return lets_in(account, target, _EVENTS, source)
    if service == "sqs":
        about = queue(account, target)
        return about is not None and _allows(about.get("Policy"), _EVENTS, source)
    if service == "sns":
        about = account.client("sns").get_topic_attributes(TopicArn=target)["Attributes"]
        return _allows(about.get("Policy"), _EVENTS, source)
    return False


def lets_in(account: Account, function: str, principal: str, source: str) -> bool:
    """Whether a function exists, and lets a service call it on behalf of a source."""
    try:
        policy = account.client("lambda").get_policy(FunctionName=function)["Policy"]
    except ClientError:
        return False
    return _allows(policy, principal, source)


def _allows(policy: str | None, principal: str, source: str) -> bool:
    """Whether a statement lets the service in, and names the source or none but the account."""
    for each in json.loads(policy or '{"Statement": []}')["Statement"]:
        who = each.get("Principal", {})
        services = who.get("Service", []) if isinstance(who, dict) else []
        listed = [services] if isinstance(services, str) else services
        sources = list(_sources(each.get("Condition", {})))
        named = not sources or any(covers(one, source) for one in sources)
        if each["Effect"] == "Allow" and principal in listed and named:
            return True
    return False


def _sources(conditions: dict[str, Any]) -> Iterator[str]:
    for operator in conditions.values():
        for name, value in operator.items():
            if name.lower() == "aws:sourcearn":
                yield from [value] if isinstance(value, str) else value


def may_call(account: Account, role_arn: str) -> Iterator[str]:
    """ARNs, or patterns of them, of the functions that a role may call."""
    iam, role = account.client("iam"), role_arn.rsplit("/", 1)[-1]
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for each in document["Statement"]:
            if "lambda:InvokeFunction" in each["Action"]:
                resources = each["Resource"]
                yield from [resources] if isinstance(resources, str) else resources


def covers(pattern: str, arn: str) -> bool:
    """Whether an ARN fits a pattern of IAM's."""
    return fnmatch.fnmatchcase(arn, pattern)


def queue(account: Account, arn: str) -> dict[str, Any] | None:
    """A queue's attributes; None where there is no such queue."""
    sqs = account.client("sqs")
    try:
        url = sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"]
    except ClientError:
        return None
    about = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return dict(about["Attributes"])
