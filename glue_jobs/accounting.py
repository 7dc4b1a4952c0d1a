"""Where rows went, as CloudWatch metrics."""

from __future__ import annotations

import boto3

from ml.contract.alerts import NAMESPACE, Metric
from ml.contract.records import RowCount


def send_accounting(rows: RowCount, *, service: str) -> None:
    """Add a file's rows to the metrics of its part of the system.

    Glue's logs put words before each line, so metrics cannot travel in them.

    Parameters
    ----------
    rows : RowCount
        Of one file.
    service : str
        Value of the dimension ``service``: a `part_name`.
    """
    counts = {
        Metric.ROWS_RECEIVED: rows.received,
        Metric.ROWS_ACCEPTED: rows.accepted,
        Metric.ROWS_QUARANTINED: rows.quarantined,
        Metric.ROWS_DEDUPLICATED: rows.deduplicated,
    }
    about = [{"Name": "service", "Value": service}]
    boto3.client("cloudwatch").put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {"MetricName": metric.value, "Dimensions": about, "Value": count, "Unit": "Count"}
            for metric, count in counts.items()
        ],
    )
