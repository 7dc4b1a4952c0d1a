"""Starts at most one retrain: on an alarm, a schedule, drift, new data, or by hand.

And says how old the last one is, so that an alarm can tell when none succeeds any more.
"""

from __future__ import annotations

import os
import time
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

from lambdas.clients import describe
from lambdas.observed import LOG, count, observed
from lambdas.retraining import orchestrators
from lambdas.retraining.events import read
from lambdas.retraining.lease import Leases
from ml.contract.alerts import Metric
from ml.contract.cloud_settings import RetrainTriggerSettings
from ml.contract.messages import RetrainAgeAsked, RetrainEnded, RetrainWanted
from ml.contract.retraining import Refusal


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, str]:
    """Start a run, refuse one, note that one has ended, or say its age; the answer says which."""
    settings = RetrainTriggerSettings.from_env(os.environ)
    match read(event, settings.use_case, context.aws_request_id):
        case RetrainWanted() as wanted:
            answer = _start(wanted, settings)
        case RetrainEnded() as ended:
            ended = orchestrators.really_ended(ended, settings)
            freed = Leases(settings).end(ended, int(time.time()))
            outcome = "ENDED" if freed else "NOT_HELD"
            answer = {"outcome": outcome, "run": ended.run, "status": ended.status}
        case RetrainAgeAsked():
            days = Leases(settings).days_since_success(int(time.time()))
            count(Metric.DAYS_SINCE_RETRAIN, days)
            answer = {"outcome": "AGE_TOLD", "days": str(days)}
        case _:
            answer = {"outcome": "NOTHING_TO_DO"}
    LOG.info(answer["outcome"], extra=answer)
    return answer


def _start(wanted: RetrainWanted, settings: RetrainTriggerSettings) -> dict[str, str]:
    leases, now = Leases(settings), int(time.time())
    lease = leases.take(wanted, now)
    if isinstance(lease, Refusal):
        count(Metric.RETRAIN_REFUSED)
        return {"outcome": lease.value, "reason": wanted.reason}
    try:
        run = orchestrators.start(wanted, lease, settings)
    except ClientError as error:
        LOG.error("could not start", error=describe(error), target=settings.target)
        leases.give_back(lease)  # but not after a timeout: then the run may well have started
        raise
    leases.record(lease, run, now)
    count(Metric.RETRAIN_STARTED)
    return {"outcome": "STARTED", "reason": wanted.reason, "run": run, "fence": str(lease.token)}
