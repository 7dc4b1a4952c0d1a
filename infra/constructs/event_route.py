"""Events on their way to a queue or topic; what cannot be delivered waits with the dead letters."""

from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct


class EventRoute(Construct):
    """An EventBridge rule with one target.

    The CDK's own targets write the rule's name into the policy of the key that encrypts them: a
    cycle as soon as the key belongs to an earlier stack. There, EventBridge may use the key for
    this account already.

    Parameters
    ----------
    scope, id
        As of every construct.
    says : str
        What the events mean, in a sentence.
    pattern : dict
        As EventBridge reads it.
    target_arn : str
        The queue or topic; it must let EventBridge in, see `let_in`.
    dead_letters : Queue
        Receives what the target did not take.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        says: str,
        pattern: dict[str, Any],
        target_arn: str,
        dead_letters: sqs.Queue,
    ) -> None:
        super().__init__(scope, id)
        rule = events.CfnRule(
            self,
            "Resource",
            description=says,
            event_pattern=pattern,
            state="ENABLED",
            targets=[
                events.CfnRule.TargetProperty(
                    id="Target",
                    arn=target_arn,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                        arn=dead_letters.queue_arn
                    ),
                )
            ],
        )
        self.rule_arn = rule.attr_arn
        self.let_in(dead_letters)

    def let_in(self, queue: sqs.Queue) -> None:
        """Let this rule, and no other, fill a queue."""
        queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[queue.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": self.rule_arn}},
            )
        )
