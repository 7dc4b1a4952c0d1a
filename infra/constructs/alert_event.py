"""Events of AWS that are worth an alert and have no metric to alarm on."""

import json
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.constructs.alert_topics import AlertTopics
from infra.constructs.notifier import Notifier
from ml.contract.alerts import AlertSeverity, runbook


class AlertEvent(Construct):
    """A rule that hands an event to the notifier, in the notifier's own words.

    It costs nothing, where an alarm costs ten cents a month; and it says which run failed.

    Parameters
    ----------
    scope, id
        As of every construct.
    pattern : EventPattern
        Which events.
    rule : str
        What kind of thing happened, such as ``"glue-failed"``: also the heading in the runbook.
    subject : str
        What it happened to.
    says : str
        In a sentence; may hold fields of the event.
    severity : AlertSeverity
        How soon a person should look.
    notifier : Notifier
        Who is told.
    topics : AlertTopics
        The message looks as if it had come through the topic of its severity.

    Attributes
    ----------
    rule : Rule
        May have further targets.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        pattern: events.EventPattern,
        rule: str,
        subject: str,
        says: str,
        severity: AlertSeverity,
        notifier: Notifier,
        topics: AlertTopics,
    ) -> None:
        super().__init__(scope, id)
        alert = {
            "rule": rule,
            "subject": subject,
            "severity": severity.value,
            "says": says,
            "runbook": runbook(rule),
        }
        message: dict[str, Any] = {
            "TopicArn": topics[severity].topic_arn,
            "MessageId": events.EventField.event_id,
            "Subject": subject,
            "Message": json.dumps(alert),
        }
        target = targets.LambdaFunction(
            notifier.function,
            event=events.RuleTargetInput.from_object({"Records": [{"Sns": message}]}),
            dead_letter_queue=notifier.dead_letters,
            max_event_age=cdk.Duration.hours(2),
            retry_attempts=3,
        )
        self.rule = events.Rule(
            self,
            "Rule",
            description=f"{subject}: {severity.value}. What to do: {runbook(rule)}",
            event_pattern=pattern,
            targets=[target],
        )
