"""CloudWatch metrics as a log line: whoever may write a log needs no further permission."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from ml.contract.alerts import NAMESPACE, Metric


def embedded(values: Mapping[Metric, float], *, service: str, now: datetime) -> str:
    """One line in CloudWatch's embedded metric format, which its logs turn into metrics.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

    Parameters
    ----------
    values : mapping of Metric to float
        What was measured.
    service : str
        Value of the dimension ``service``: a `part_name`.
    now : datetime
        When, with its time zone.

    Examples
    --------
    >>> from datetime import UTC
    >>> day = datetime(2026, 11, 21, tzinfo=UTC)
    >>> line = embedded({Metric.DRIFT_SHARE: 0.25}, service="leadwise-dev-watch", now=day)
    >>> json.loads(line)["DriftShare"]
    0.25
    """
    names = [{"Name": metric.value} for metric in values]
    written = {"Namespace": NAMESPACE, "Dimensions": [["service"]], "Metrics": names}
    head = {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [written]}
    facts = {metric.value: value for metric, value in values.items()}
    return json.dumps({"_aws": head, "service": service, **facts})
