"""Errors become answers here, once: a page for people, problem+json for programs."""

from __future__ import annotations

import errno
import logging
from http import HTTPStatus

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ml.contract.errors import InputRefused, LeadwiseError
from ml.contract.requests.problems import Problem, entry
from ml.serving.metrics import Metrics
from ml.serving.problems import problem_response
from ml.serving.templating import Templates
from ml.serving.unforeseen import where
from ml.serving.ways_on import way_on

_LOG = logging.getLogger(__name__)


class Refusals:
    """Answers requests that ended in an error.

    Parameters
    ----------
    templates : Templates
    metrics : Metrics
        Counts the rules that requests broke.
    """

    def __init__(self, templates: Templates, metrics: Metrics) -> None:
        self._templates, self._metrics = templates, metrics

    def register(self, app: FastAPI) -> None:
        """Let the application answer its errors here."""
        for kind in (Problem, LeadwiseError, HTTPException, OSError, Exception):
            app.add_exception_handler(kind, self.answer)

    async def answer(self, request: Request, error: Exception) -> Response:
        """The response to one error."""
        problem = as_problem(error)
        if problem.status >= 500 and not isinstance(error, Problem):
            _LOG.error("error_id %s: %s", problem.error_id, where(error))
        self._metrics.refuse({str(each["rule"]) for each in problem.errors})
        response = problem_response(problem)
        if not wants_page(request):
            return response
        page = self._templates.page(
            "refused.html", problem.status, problem=problem, way=way_on(request, problem.status)
        )
        page.headers.update(problem.headers)
        return page


def as_problem(error: Exception) -> Problem:
    """What the outside may know of an error."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, InputRefused):
        title = "the file cannot be read as leads"
        return Problem(422, title, [entry(fault) for fault in error.faults])
    if isinstance(error, HTTPException):
        return Problem(
            error.status_code, HTTPStatus(error.status_code).phrase, headers=error.headers
        )
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Problem(507, "the server's disk is full; nothing was stored")
    title = "something went wrong on the server; nothing was lost, try again"
    return Problem(500, title)


def wants_page(request: Request) -> bool:
    """Whether a person reads the answer."""
    return "text/html" in request.headers.get("accept", "") or is_htmx(request)


def is_htmx(request: Request) -> bool:
    """Whether the page's script sent the request."""
    return "hx-request" in request.headers
