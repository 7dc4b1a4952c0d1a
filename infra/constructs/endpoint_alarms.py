"""What tells that an endpoint is ill: the same alarms roll a new model back."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.constructs.alarm import alarm
from infra.constructs.alert_topics import AlertTopics
from ml.contract.alerts import AlertSeverity

# SageMaker gives the model's latency in microseconds.
_SLOW_US = 100_000
_WINDOW = Duration.minutes(5)


class EndpointAlarms(Construct):
    """Alarms on one variant of an endpoint; they stay quiet while there is no endpoint.

    Parameters
    ----------
    scope, id
        As of every construct.
    endpoint_name, variant : str
        Dimensions of SageMaker's metrics. A new model answers under the same ones while it is on
        trial, which is why the variant's name must never change.
    topics : AlertTopics
        Who is told.

    Attributes
    ----------
    all : tuple of Alarm
        Each of them ends a trial.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint_name: str,
        variant: str,
        topics: AlertTopics,
    ) -> None:
        super().__init__(scope, id)
        self._dimensions = {"EndpointName": endpoint_name, "VariantName": variant}
        self.all = (
            alarm(
                self,
                "Fails",
                metric=self._metric("Invocation5XXErrors", "Sum"),
                threshold=3,
                says="The endpoint answers with errors of its own.",
                runbook="endpoint-fails",
                severity=AlertSeverity.CRITICAL,
                topics=topics,
            ),
            alarm(
                self,
                "Refuses",
                metric=self._metric("InvocationModelErrors", "Sum"),
                threshold=10,
                says="The model refuses leads that the API let through.",
                runbook="endpoint-refuses",
                severity=AlertSeverity.WARNING,
                topics=topics,
            ),
            alarm(
                self,
                "IsSlow",
                metric=self._metric("ModelLatency", "p95"),
                threshold=_SLOW_US,
                says="One answer in twenty takes the model longer than 100 ms.",
                runbook="endpoint-is-slow",
                severity=AlertSeverity.WARNING,
                topics=topics,
            ),
        )

    def _metric(self, name: str, statistic: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/SageMaker",
            metric_name=name,
            dimensions_map=self._dimensions,
            statistic=statistic,
            period=_WINDOW,
        )
