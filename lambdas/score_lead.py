"""Scores leads over HTTP: judges the request, asks the endpoint, answers in JSON."""

from __future__ import annotations

import json
import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.clients import describe
from lambdas.observed import LOG, count, observed
from lambdas.scoring.endpoint import ask
from lambdas.scoring.requests import JSON, idempotency_key, leads_of
from ml.contract.alerts import Metric
from ml.contract.cloud_settings import ScoreLeadSettings
from ml.contract.requests.problems import MEDIA_TYPE, Problem
from ml.use_cases import find

_SAFE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@observed
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Answer a request of the HTTP API; no error but becomes a problem that quotes nothing."""
    try:
        return _answer(200, JSON, _score(event).decode(), {})
    except Problem as problem:
        return _refusal(problem)
    except Exception as error:
        LOG.error("scoring failed", reason=describe(error))
        return _refusal(Problem(500, "something went wrong; nothing was lost, try again"))


def _score(event: dict[str, Any]) -> bytes:
    settings = ScoreLeadSettings.from_env(os.environ)
    use_case = find(settings.use_case)
    body, leads = leads_of(event, use_case, use_case.moment(settings.moment))
    scored = ask(settings.endpoint, body, idempotency_key(event))
    count(Metric.LEADS_SCORED, leads)
    LOG.info("scored", leads=leads)
    return scored


def _refusal(problem: Problem) -> dict[str, Any]:
    rules = sorted({str(error["rule"]) for error in problem.errors})
    LOG.info("refused", status=problem.status, error_id=problem.error_id, rules=rules)
    failed = problem.status >= 500
    count(Metric.SCORING_FAILED if failed else Metric.LEADS_REFUSED)
    body = json.dumps(problem.to_dict(), ensure_ascii=False)
    return _answer(problem.status, MEDIA_TYPE, body, problem.headers)


def _answer(status: int, kind: str, body: str, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"Content-Type": kind, **_SAFE, **headers},
        "body": body,
    }
