"""What moto leaves undone between services: who hears of what, as AWS does it."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.utils import get_backend as lambda_backend
from moto.cloudwatch.models import CloudWatchBackend
from moto.core.utils import unix_time
from moto.events import models as events
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.sns.models import sns_backends

_ACTIONS = {"ALARM": "alarm_actions", "OK": "ok_actions"}
_SEND_TO_TARGETS = events.Rule.send_to_targets
_SET_ALARM_STATE = CloudWatchBackend.set_alarm_state


def install() -> None:
    """Teach moto; call once, before it serves."""
    events.Rule.send_to_targets = _send_to_targets
    CloudWatchBackend.set_alarm_state = _set_alarm_state
    # moto weighs a bucket's policy without its conditions, and so refuses everything: whether
    # permissions suffice is proven from the templates instead.
    FakeBucket.get_permission = lambda self, action, resource: PermissionResult.NEUTRAL
    # S3 weighs the log bucket's policy when it delivers, not when it is told where to.
    FakeBucket._log_permissions_enabled_policy = lambda self, **about: True


def _send_to_targets(self: Any, original_event: Any, transform_input: bool = True) -> None:  # noqa: ARG001
    """EventBridge to Lambda and SNS, which moto lacks; the rest by moto itself."""
    if self.state != "ENABLED" or not self.event_pattern.matches_event(original_event):
        return
    mine = [each for each in self.targets if _service(each) in {"lambda", "sns"}]
    for target in mine:
        _deliver(self, target, _as_sent(target, original_event))
    all_targets, self.targets = self.targets, [e for e in self.targets if e not in mine]
    try:
        _SEND_TO_TARGETS(self, original_event, True)
    finally:
        self.targets = all_targets


def _deliver(rule: Any, target: dict[str, Any], body: str) -> None:
    if _service(target) == "lambda":
        function = lambda_backend(rule.account_id, rule.region_name).get_function(target["Arn"])
        function.invoke(body, {}, {})
    else:
        sns_backends[rule.account_id][rule.region_name].publish(body, arn=target["Arn"])


def _service(target: dict[str, Any]) -> str:
    return str(target["Arn"]).split(":")[2]


def _as_sent(target: dict[str, Any], event: dict[str, Any]) -> str:
    if "Input" in target:
        return str(target["Input"])
    if "InputTransformer" in target:
        transformer = target["InputTransformer"]
        return json.dumps(
            events.EventTemplateParser.parse(
                input_template=transformer["InputTemplate"],
                input_paths_map=transformer.get("InputPathsMap", {}),
                event=_dated(event),
            )
        )
    return json.dumps(_dated(event))


def _dated(event: dict[str, Any]) -> dict[str, Any]:
    """EventBridge sends the time as text, in UTC."""
    time = event.get("time")
    if isinstance(time, int | float):
        return {**event, "time": datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    return event


def _set_alarm_state(
    self: Any, alarm_name: str, reason: str, reason_data: str, state_value: str
) -> None:
    """An alarm that changes its state tells EventBridge and its topics."""
    alarm = self.alarms.get(alarm_name)
    before = alarm.state_value if alarm else ""
    _SET_ALARM_STATE(self, alarm_name, reason, reason_data, state_value)
    if alarm is None or before == state_value:
        return
    event = _alarm_event(self, alarm, before, reason)
    for bus in list(events.events_backends[self.account_id][self.region_name].event_buses.values()):
        for rule in list(bus.rules.values()):
            rule.send_to_targets(event)
    if alarm.actions_enabled in {True, "true", None}:
        for action in getattr(alarm, _ACTIONS.get(state_value, "insufficient_data_actions")) or []:
            _act(self, action, _alarm_message(self, alarm, before, reason))


def _act(backend: Any, action: str, message: str) -> None:
    if action.split(":")[2] == "sns":
        sns_backends[backend.account_id][backend.region_name].publish(
            message, arn=action, subject="ALARM"
        )
    elif action.split(":")[2] == "lambda":
        lambda_backend(backend.account_id, backend.region_name).get_function(action).invoke(
            message, {}, {}
        )


def _alarm_event(backend: Any, alarm: Any, before: str, reason: str) -> dict[str, Any]:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    state = {"value": alarm.state_value, "reason": reason, "timestamp": now}
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": backend.account_id,
        "time": unix_time(),
        "region": backend.region_name,
        "resources": [alarm.alarm_arn],
        "detail": {
            "alarmName": alarm.name,
            "configuration": {"description": alarm.description, "metrics": []},
            "previousState": {"value": before, "reason": "", "timestamp": now},
            "state": state,
        },
    }


def _alarm_message(backend: Any, alarm: Any, before: str, reason: str) -> str:
    return json.dumps(
        {
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.description,
            "AWSAccountId": backend.account_id,
            "AlarmArn": alarm.alarm_arn,
            "NewStateValue": alarm.state_value,
            "NewStateReason": reason,
            "StateChangeTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
            "Region": backend.region_name,
            "OldStateValue": before,
            "Trigger": {"MetricName": alarm.metric_name, "Namespace": alarm.namespace},
        }
    )
