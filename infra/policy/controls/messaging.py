"""SNS, SQS, EventBridge."""

from typing import Any

from infra.policy.control import Control
from infra.policy.template import Resource

_TOPIC, _QUEUE = ("AWS::SNS::Topic",), ("AWS::SQS::Queue",)


def _refuses_plain_http(resource: Resource, policy: str, list: str) -> bool:
    return any(
        statement["Effect"] == "Deny" and "aws:SecureTransport" in str(statement.get("Condition"))
        for each in resource.stack.naming(resource, policy, list)
        for statement in each.list("PolicyDocument.Statement")
    )


def _is_closed(policy: Resource) -> bool:
    return all(
        _is_narrow(each)
        for each in policy.list("PolicyDocument.Statement")
        if each["Effect"] == "Allow"
    )


def _is_narrow(statement: dict[str, Any]) -> bool:
    principal = statement["Principal"]
    if principal == "*" or "AWS" in principal:
        return "AWS::AccountId" in str(statement)
    return "Condition" in statement


def _is_or_has_dead_letters(queue: Resource) -> bool:
    is_one = any(True for _ in queue.stack.naming(queue, "AWS::SQS::Queue", "RedrivePolicy"))
    named = "deadletter" in queue.id.lower().replace("-", "")
    return is_one or named or queue.get("RedrivePolicy") is not None


def _catches_failures(rule: Resource) -> bool:
    return all("DeadLetterConfig" in target for target in rule.list("Targets"))


CONTROLS = (
    Control(
        id="SNS.1",
        says="messages are encrypted with our key",
        types=_TOPIC,
        holds=lambda r: r.get("KmsMasterKeyId") is not None,
    ),
    Control(
        id="LW.SNS.1",
        says="the topic refuses requests without TLS",
        types=_TOPIC,
        holds=lambda r: _refuses_plain_http(r, "AWS::SNS::TopicPolicy", "Topics"),
    ),
    Control(
        id="SNS.4",
        says="the policy is open to nobody in general",
        types=("AWS::SNS::TopicPolicy",),
        holds=_is_closed,
    ),
    Control(
        id="SQS.1",
        says="messages are encrypted with our key",
        types=_QUEUE,
        holds=lambda r: r.get("KmsMasterKeyId") is not None,
    ),
    Control(
        id="SQS.3",
        says="the policy is open to nobody in general",
        types=("AWS::SQS::QueuePolicy",),
        holds=_is_closed,
    ),
    Control(
        id="LW.SQS.1",
        says="the queue refuses requests without TLS",
        types=_QUEUE,
        holds=lambda r: _refuses_plain_http(r, "AWS::SQS::QueuePolicy", "Queues"),
    ),
    Control(
        id="LW.SQS.2",
        says="what can't be handled waits in a dead-letter queue",
        types=_QUEUE,
        holds=_is_or_has_dead_letters,
    ),
    Control(
        id="LW.EVENTS.1",
        says="what a target can't take waits in a dead-letter queue",
        types=("AWS::Events::Rule",),
        holds=_catches_failures,
    ),
    Control(
        id="LW.EVENTS.2",
        says="what a schedule can't start waits in a dead-letter queue",
        types=("AWS::Scheduler::Schedule",),
        holds=lambda r: r.get("Target.DeadLetterConfig") is not None,
    ),
)
