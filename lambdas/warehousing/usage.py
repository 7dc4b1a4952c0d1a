"""Ceilings on what the warehouse may use, which CloudFormation has no type for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lambdas.clients import client


def set_limits(workgroup_arn: str, limits: Iterable[Mapping[str, str]]) -> None:
    """Create or change usage limits so that they are as wanted.

    Parameters
    ----------
    workgroup_arn : str
        What they are about.
    limits : iterable of mapping
        ``UsageType``, ``Amount`` (RPU-hours or TB), ``Period`` and ``BreachAction``.
    """
    there = {_kind(limit["usageType"], limit["period"]): limit for limit in _limits(workgroup_arn)}
    for wanted in limits:
        _set(workgroup_arn, wanted, there.get(_kind(wanted["UsageType"], wanted["Period"])))


def _limits(workgroup_arn: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while True:
        page = client("redshift-serverless").list_usage_limits(resourceArn=workgroup_arn, **more)
        found += page["usageLimits"]
        if not page.get("nextToken"):
            return found
        more = {"nextToken": page["nextToken"]}


def _kind(usage_type: str, period: str) -> tuple[str, str]:
    return usage_type.lower(), period.lower()


def _set(workgroup_arn: str, wanted: Mapping[str, str], there: Mapping[str, Any] | None) -> None:
    # CloudFormation turns every number into text.
    amount, action = int(wanted["Amount"]), wanted["BreachAction"].lower()
    if there is None:
        client("redshift-serverless").create_usage_limit(
            resourceArn=workgroup_arn,
            usageType=wanted["UsageType"].lower(),
            period=wanted["Period"].lower(),
            amount=amount,
            breachAction=action,
        )
    elif (there["amount"], there["breachAction"]) != (amount, action):
        client("redshift-serverless").update_usage_limit(
            usageLimitId=there["usageLimitId"], amount=amount, breachAction=action
        )
