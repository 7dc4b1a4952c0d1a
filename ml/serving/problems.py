"""Problems as HTTP responses."""

from __future__ import annotations

import logging

import orjson
from starlette.responses import Response

from ml.contract.requests.problems import MEDIA_TYPE, Problem

_LOG = logging.getLogger(__name__)


def problem_response(problem: Problem) -> Response:
    """The problem as a response; the log gets its id and rules, never a value."""
    rules = sorted({str(error["rule"]) for error in problem.errors})
    _LOG.info("refused with %d, error_id %s, rules %s", problem.status, problem.error_id, rules)
    body = orjson.dumps(problem.to_dict())
    return Response(body, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)
