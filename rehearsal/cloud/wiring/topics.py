"""SNS calls Lambdas with its message; moto hands on the text, under one id and topic for all."""

from __future__ import annotations

import json
from typing import Any

from moto.awslambda.utils import get_backend as lambda_backend
from moto.sns.models import Subscription

from rehearsal.cloud.wiring import rules

_PUBLISH = Subscription.publish


def install() -> None:
    """Deliver to Lambdas in moto's place."""
    Subscription.publish = _publish


def _publish(
    self: Any, message: str, message_id: str, subject: str | None = None, **more: Any
) -> None:
    if self.protocol != "lambda":
        _PUBLISH(self, message, message_id, subject=subject, **more)
        return
    said = {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": self.topic.arn,
        "Subject": subject,
        "Message": message,
        "Timestamp": rules.now(),
        "MessageAttributes": more.get("message_attributes") or {},
    }
    record = {"EventSource": "aws:sns", "EventSubscriptionArn": self.arn, "Sns": said}
    backend = lambda_backend(self.account_id, self.endpoint.split(":")[3])
    event = json.dumps({"Records": [record]})
    backend.get_function(self.endpoint).invoke(event, {}, {})
