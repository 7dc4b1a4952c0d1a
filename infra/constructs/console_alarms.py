"""What tells that people can't work with the console."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_elasticloadbalancingv2 as balancing
from constructs import Construct

from infra.constructs.alarm import alarm
from infra.constructs.alert_topics import AlertTopics
from infra.constructs.console_balancer import ConsoleBalancer
from ml.contract.alerts import AlertSeverity

_WINDOW = Duration.minutes(5)


class ConsoleAlarms(Construct):
    """Alarms on the load balancer, which sees what people see.

    Parameters
    ----------
    scope, id
        As of every construct.
    front : ConsoleBalancer
        What is watched.
    topics : AlertTopics
        Who is told.
    """

    def __init__(
        self, scope: Construct, id: str, *, front: ConsoleBalancer, topics: AlertTopics
    ) -> None:
        super().__init__(scope, id)
        alarm(
            self,
            "IsDown",
            metric=front.target.metrics.healthy_host_count(statistic="Minimum", period=_WINDOW),
            threshold=1,
            comparison=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            missing=cloudwatch.TreatMissingData.BREACHING,
            says="No container of the console answers.",
            runbook="console-is-down",
            severity=AlertSeverity.CRITICAL,
            topics=topics,
        )
        alarm(
            self,
            "Fails",
            metric=front.target.metrics.http_code_target(
                balancing.HttpCodeTarget.TARGET_5XX_COUNT, statistic="Sum", period=_WINDOW
            ),
            threshold=5,
            says="The console answers with errors of its own.",
            runbook="console-fails",
            severity=AlertSeverity.WARNING,
            topics=topics,
        )
