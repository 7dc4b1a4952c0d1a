"""Metrics of the parts, as alarms and dashboards both read them."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.environments import Environment
from ml.contract.alerts import NAMESPACE, Metric, part_name

WINDOW = cdk.Duration.minutes(5)
DAY = cdk.Duration.days(1)


def of_ours(
    environment: Environment,
    part: str,
    metric: Metric,
    *,
    statistic: str = "Sum",
    period: cdk.Duration = WINDOW,
) -> cloudwatch.Metric:
    """A metric that our own code writes.

    Parameters
    ----------
    environment : Environment
        Whose.
    part : str
        A Lambda's module, or `WATCH`.
    metric : Metric
        Which.
    statistic : str, default="Sum"
    period : Duration, default=5 minutes
    """
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=metric.value,
        dimensions_map={"service": part_name(environment.name, part)},
        statistic=statistic,
        period=period,
    )


def of_service(
    namespace: str,
    name: str,
    *,
    statistic: str,
    period: cdk.Duration = WINDOW,
    **dimensions: str,
) -> cloudwatch.Metric:
    """A metric that an AWS service writes.

    Parameters
    ----------
    namespace, name : str
        As the service calls them.
    statistic : str
    period : Duration, default=5 minutes
    **dimensions : str
        Of what.
    """
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map=dimensions,
        statistic=statistic,
        period=period,
    )
