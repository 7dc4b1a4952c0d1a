"""What every handler does beside its work: structured log lines, traces, and metrics."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from ml.contract.alerts import NAMESPACE, Metric

Handler = Callable[[dict[str, Any], LambdaContext], Any]

#: Log lines name ids, rules and counts; never a lead's data or a secret.
LOG = Logger()
METRICS = Metrics(namespace=NAMESPACE)
_TRACER = Tracer(patch_modules=("botocore",))


def observed(handler: Handler) -> Handler:
    """The handler with a log that knows its request, a trace, and its metrics written at the end.

    Neither what it returns nor the error that it raises enters the trace: both could hold data.
    """

    @wraps(handler)
    def run(event: dict[str, Any], context: LambdaContext) -> Any:
        try:
            return handler(event, context)
        finally:
            if METRICS.metric_set:
                METRICS.flush_metrics()

    traced = _TRACER.capture_lambda_handler(run, capture_response=False, capture_error=False)
    logged: Handler = LOG.inject_lambda_context(traced)
    return logged


def count(metric: Metric, number: int = 1) -> None:
    """Add to a metric of this invocation."""
    METRICS.add_metric(name=metric.value, unit=MetricUnit.Count, value=number)
