"""What an SNS message says: CloudWatch's alarms, our own alerts, and any other text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ml.contract.alerts import AlertSeverity
from ml.contract.errors import InvalidMessage
from ml.contract.messages import Alert

_LINK = re.compile(r"https://\S+")
_LONGEST = 2_000


def read(sns: Mapping[str, Any]) -> Alert:
    """The alert that an SNS message carries; what is of no known form is passed on as text.

    Parameters
    ----------
    sns : mapping
        ``TopicArn``, ``Subject`` and ``Message``, as SNS hands them to a Lambda.
    """
    text = str(sns.get("Message", ""))
    severity = _severity(str(sns.get("TopicArn", "")))
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if isinstance(found, dict) and "AlarmName" in found:
        return _alarm(found, severity)
    try:
        return Alert.of(found)
    except InvalidMessage:
        return _text(str(sns.get("Subject") or "Message"), text, severity)


def _severity(topic: str) -> AlertSeverity:
    # A topic that we do not know had better be looked at today than never.
    ending = topic.rpartition("-")[2]
    return AlertSeverity(ending) if ending in set(AlertSeverity) else AlertSeverity.WARNING


def _alarm(found: Mapping[str, Any], severity: AlertSeverity) -> Alert:
    description = str(found.get("AlarmDescription") or "")
    link = _LINK.search(description)
    says = f"{description} {found.get('NewStateReason') or ''}".strip()
    return Alert(
        rule="alarm",
        subject=str(found["AlarmName"]),
        severity=severity.value,
        says=says[:_LONGEST],
        runbook=link[0] if link else "",
        over=int(found.get("NewStateValue") == "OK"),
    )


def _text(subject: str, text: str, severity: AlertSeverity) -> Alert:
    return Alert(rule="message", subject=subject, severity=severity.value, says=text[:_LONGEST])
