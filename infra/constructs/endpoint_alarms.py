"""What tells that an endpoint is ill: the same alarms roll a new model back."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.constructs.alarm import alarm
from infra.constructs.alert_topics import AlertTopics
from infra.constructs.part_metrics import of_service
from infra.shapes import InstanceEndpoint, ServerlessEndpoint
from ml.contract.alerts import AlertSeverity
from ml.contract.service_bounds import SATURATION

# SageMaker gives the model's latency in microseconds.
_SLOW_US = 100_000
_WINDOW = Duration.minutes(5)


def used_share(
    shape: ServerlessEndpoint | InstanceEndpoint, endpoint_name: str, variant: str
) -> cloudwatch.IMetric:
    """How much of an endpoint is in use, 0 to 1: of what it may do at once, or of its memory.

    SageMaker counts processors by their cores, of which it does not say how many there are: a
    machine that is busy shows as time that an answer takes, and scaling adds another.

    Parameters
    ----------
    shape : ServerlessEndpoint or InstanceEndpoint
    endpoint_name, variant : str
    """

    def most(namespace: str, name: str) -> cloudwatch.Metric:
        return of_service(
            namespace, name, statistic="Maximum", EndpointName=endpoint_name, VariantName=variant
        )

    if isinstance(shape, ServerlessEndpoint):
        return most("AWS/SageMaker", "ServerlessConcurrentExecutionsUtilization")
    memory = most("/aws/sagemaker/Endpoints", "MemoryUtilization")
    return cloudwatch.MathExpression(
        expression="memory / 100", using_metrics={"memory": memory}, label="memory", period=_WINDOW
    )


class EndpointAlarms(Construct):
    """Alarms on one variant of an endpoint; they stay quiet while there is no endpoint.

    That it is nearly full ends no trial: the model before would stand in the same room.

    Parameters
    ----------
    scope, id
        As of every construct.
    endpoint_name, variant : str
        Dimensions of SageMaker's metrics. A new model answers under the same ones while it is on
        trial, which is why the variant's name must never change.
    shape : ServerlessEndpoint or InstanceEndpoint
        What of it can be used up.
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
        shape: ServerlessEndpoint | InstanceEndpoint,
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

        alarm(
            self,
            "IsFull",
            metric=used_share(shape, endpoint_name, variant),
            threshold=SATURATION.medium,
            periods=3,
            says=f"More than {SATURATION.medium:.0%} of the endpoint is in use.",
            runbook="endpoint-is-full",
            severity=AlertSeverity.WARNING,
            topics=topics,
        )

    def _metric(self, name: str, statistic: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/SageMaker",
            metric_name=name,
            dimensions_map=self._dimensions,
            statistic=statistic,
            period=_WINDOW,
        )
