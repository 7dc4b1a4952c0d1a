"""The page that scores one lead as a person types it in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ml.contract.requests.problems import Problem
from ml.serving.bodies import read_form
from ml.serving.console.lead_form import form_fields
from ml.serving.live_model import LiveModel
from ml.serving.scoring_api import ScoringApi, serving
from ml.serving.templating import Templates

_FORM_BYTES = 50_000


class FormPages:
    """Shows the form, and leads on to the page of the lead that was typed in.

    Parameters
    ----------
    templates : Templates
    model : LiveModel
    api : ScoringApi
        Judges and scores the lead, and takes its receipt, as it does for programs.
    """

    def __init__(self, templates: Templates, model: LiveModel, api: ScoringApi) -> None:
        self._templates, self._model, self._api = templates, model, api
        self._fields = form_fields(templates.use_case, templates.moment)
        self._id = templates.use_case.schema.id.name

    async def show(self, request: Request) -> Response:
        """Answer `GET /lead`."""
        return self._page({}, {})

    async def score(self, request: Request) -> Response:
        """Answer `POST /lead`."""
        form = await read_form(request, _FORM_BYTES)
        given = {field.name: form.get(field.name, "").strip() for field in self._fields}
        lead = {name: text for name, text in given.items() if text}
        try:
            told = self._api.one(serving(self._model), lead, 0)
        except Problem as problem:
            if problem.status != 422:
                raise
            return self._page(given, _by_field(problem), problem.status)
        if told["receipt_id"] is None:
            title = "the score could not be kept, and is not shown; try again in a minute"
            raise Problem(503, title, headers={"Retry-After": "60"})
        return RedirectResponse(f"/leads/{quote(lead[self._id], safe='')}", 303)

    def _page(
        self, given: Mapping[str, str], wrong: Mapping[str, list[Any]], status: int = 200
    ) -> Response:
        return self._templates.page(
            "lead_form.html", status, fields=self._fields, given=given, wrong=wrong
        )


def _by_field(problem: Problem) -> dict[str, list[Any]]:
    """What is wrong, by the field that it is about; under no name what is about the whole."""
    found: dict[str, list[Any]] = {}
    for error in problem.errors:
        found.setdefault(error.get("pointer", "").removeprefix("/"), []).append(error)
    return found
