"""CloudWatch: an alarm that changes its state tells EventBridge and its own actions."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.utils import get_backend as lambda_backend
from moto.cloudwatch.models import CloudWatchBackend
from moto.sns.models import sns_backends

from rehearsal.cloud.wiring import rules

_ACTIONS = {"ALARM": "alarm_actions", "OK": "ok_actions"}
_SET_ALARM_STATE = CloudWatchBackend.set_alarm_state


def install() -> None:
    """Let alarms be heard, where moto only notes their state."""
    CloudWatchBackend.set_alarm_state = _set_alarm_state


def _set_alarm_state(
    self: Any, alarm_name: str, reason: str, reason_data: str, state_value: str
) -> None:
    alarm = self.alarms.get(alarm_name)
    before = alarm.state_value if alarm else ""
    _SET_ALARM_STATE(self, alarm_name, reason, reason_data, state_value)
    if alarm is None or before == state_value:
        return
    rules.say(self.account_id, self.region_name, _event(self, alarm, before, reason))
    if alarm.actions_enabled in {True, "true", None}:
        for action in getattr(alarm, _ACTIONS.get(state_value, "insufficient_data_actions")) or []:
            _act(self, action, _message(self, alarm, before, reason))


def _act(backend: Any, action: str, message: str) -> None:
    service, where = action.split(":")[2], (backend.account_id, backend.region_name)
    if service == "sns":
        sns_backends[where[0]][where[1]].publish(message, arn=action, subject="ALARM")
    elif service == "lambda":
        lambda_backend(*where).get_function(action).invoke(message, {}, {})


def _event(backend: Any, alarm: Any, before: str, reason: str) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": backend.account_id,
        "time": rules.now(),
        "region": backend.region_name,
        "resources": [alarm.alarm_arn],
        "detail": {
            "alarmName": alarm.name,
            "configuration": {"description": alarm.description, "metrics": []},
            "previousState": {"value": before, "reason": "", "timestamp": _precisely()},
            "state": {"value": alarm.state_value, "reason": reason, "timestamp": _precisely()},
        },
    }


def _message(backend: Any, alarm: Any, before: str, reason: str) -> str:
    """What an alarm publishes: not the event, but CloudWatch's older words."""
    said = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": backend.account_id,
        "AlarmArn": alarm.alarm_arn,
        "NewStateValue": alarm.state_value,
        "NewStateReason": reason,
        "StateChangeTime": _precisely(),
        "Region": backend.region_name,
        "OldStateValue": before,
        "Trigger": {"MetricName": alarm.metric_name, "Namespace": alarm.namespace},
    }
    return json.dumps(said)


def _precisely() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
