"""EventBridge: a rule that matches an event sends it to its Lambdas, queues and topics."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moto.awslambda.utils import get_backend as lambda_backend
from moto.events import models as events
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

Event = dict[str, Any]
_lock = threading.Lock()


def install(work: Path) -> None:
    """Deliver in moto's place, which knows neither Lambda nor SNS.

    Parameters
    ----------
    work : Path
        Receives what could not be delivered, as ``undelivered.jsonl``.
    """
    ledger = work / "undelivered.jsonl"

    def send_to_targets(self: Any, original_event: Event, transform_input: bool = True) -> None:  # noqa: ARG001
        event = _dated(original_event)
        if self.state == "ENABLED" and _matches(self.event_pattern, event):
            for target in self.targets:
                _send(self, target, event, ledger)

    events.Rule.send_to_targets = send_to_targets


def say(account: str, region: str, event: Event) -> None:
    """Put an event of AWS's own on the default bus."""
    bus = events.events_backends[account][region].event_buses["default"]
    for rule in list(bus.rules.values()):
        rule.send_to_targets(event)


def now() -> str:
    """The time as EventBridge writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _matches(pattern: Any, event: Event) -> bool:
    """Whether a pattern fits; a rule without one runs by its schedule, and hears nothing."""
    return bool(pattern.get_pattern()) and bool(pattern.matches_event(event))


def _send(rule: Any, target: dict[str, Any], event: Event, ledger: Path) -> None:
    """Hand an event to one target; what goes wrong is the sender's trouble in no service of AWS."""
    try:
        _DELIVER[_service(target["Arn"])](rule, target["Arn"], _as_sent(target, event))
    except Exception as error:
        about = {"rule": rule.name, "target": target["Arn"], "error": repr(error)}
        with _lock, ledger.open("a", encoding="utf-8") as file:
            file.write(json.dumps(about) + "\n")


def _call(rule: Any, arn: str, body: str) -> None:
    lambda_backend(rule.account_id, rule.region_name).get_function(arn).invoke(body, {}, {})


def _queue(rule: Any, arn: str, body: str) -> None:
    name = arn.rsplit(":", 1)[-1]
    sqs_backends[rule.account_id][rule.region_name].send_message(queue_name=name, message_body=body)


def _publish(rule: Any, arn: str, body: str) -> None:
    sns_backends[rule.account_id][rule.region_name].publish(body, arn=arn)


_DELIVER: dict[str, Callable[[Any, str, str], None]] = {
    "lambda": _call,
    "sns": _publish,
    "sqs": _queue,
}


def _service(arn: str) -> str:
    return arn.split(":")[2]


def _as_sent(target: dict[str, Any], event: Event) -> str:
    if "Input" in target:
        return str(target["Input"])
    if "InputTransformer" not in target:
        return json.dumps(event)
    transformer = target["InputTransformer"]
    made = events.EventTemplateParser.parse(
        input_template=transformer["InputTemplate"],
        input_paths_map=transformer.get("InputPathsMap", {}),
        event={"ingestion-time": event["time"], **event},
    )
    return json.dumps(made)


def _dated(event: Event) -> Event:
    """EventBridge sends the time as text, in UTC; moto as a number."""
    time = event.get("time")
    return event if isinstance(time, str) and time else {**event, "time": now()}
