"""`/v1/leads/{id}` tells a lead's story and takes feedback, `/v1/receipts/{id}` why a score was."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ml.contract.faults import Rule
from ml.contract.feedback import Feedback
from ml.contract.receipts import Receipt
from ml.contract.records import JsonObject
from ml.contract.requests.problems import Problem
from ml.serving.access.callers import caller_of
from ml.serving.bodies import media_type, read_body
from ml.serving.capture import Record
from ml.serving.feedback_reader import FeedbackReader
from ml.serving.keeping import Keeping
from ml.serving.lead_history import LeadStory
from ml.serving.lead_scorer import LoadScorer
from ml.serving.leads_description import describe
from ml.serving.replay import Replayer
from ml.serving.scoring_api import JSON, json_response, outcome_name, wrong_media_type
from ml.serving.served import Served
from ml.serving.strict_json import parse_json

_MOST_BYTES = 20_000
_PAGE, _LARGEST_PAGE = 50, 200


class LeadsApi:
    """Answers what is asked of leads and receipts in JSON.

    Parameters
    ----------
    keeping : Keeping
    replayer : Replayer
    outcome : str
        What a prediction is called.
    """

    def __init__(self, keeping: Keeping, replayer: Replayer, outcome: str) -> None:
        self._history, self._once, self._maker = keeping.history, keeping.once, keeping.maker
        self._replayer, self._outcome = replayer, outcome
        self._reader = FeedbackReader(keeping.history)

    async def lead(self, request: Request) -> Response:
        """Answer `GET /v1/leads/{id}`."""
        lead, before = self._lead_id(request), request.query_params.get("before")
        ask = partial(self._history.story, before=before, most=_page(request))
        story = await run_in_threadpool(ask, lead, caller_of(request))
        if story is None:
            raise unknown_lead()
        return json_response(self._told(story))

    async def receipt(self, request: Request) -> Response:
        """Answer `GET /v1/receipts/{id}`."""
        receipt = await run_in_threadpool(
            self._history.receipt, request.path_params["id"], caller_of(request)
        )
        if receipt is None:
            raise Problem(404, "there is no such receipt; it may be older than receipts are kept")
        why = await run_in_threadpool(self._replayer.why, receipt)
        why["receipt_id"], why[self._outcome] = why.pop("id"), why.pop("prediction")
        return json_response(why)

    async def feedback(self, request: Request) -> Response:
        """Answer `POST /v1/leads/{id}/feedback`."""
        if media_type(request) != JSON:
            raise wrong_media_type(media_type(request), JSON)
        body = await read_body(request, _MOST_BYTES)

        async def work(_: Record) -> Response:
            return json_response(await run_in_threadpool(self._say, request, parse_json(body)))

        return await self._once.answer(request, body, work)

    def _say(self, request: Request, document: object) -> JsonObject:
        lead = self._lead_id(request)
        caller = caller_of(request)
        verdict, comment, about = self._reader.read(lead, caller, document)
        said = self._history.say(lead, caller, verdict, comment=comment, about=about)
        if said is None:
            raise unknown_lead()
        return _said(said)

    def _lead_id(self, request: Request) -> str:
        return self._maker.lead_id(request.path_params["id"]) or ""

    def _told(self, story: LeadStory) -> JsonObject:
        return {
            "lead": story.lead,
            "scores": [self._score(receipt) for receipt in story.receipts],
            "older": story.older,
            "feedback": [_said(said) for said in story.feedback],
            "counts": {kind: _said(said) for kind, said in story.counts.items()},
        }

    def _score(self, receipt: Receipt) -> dict[str, Any]:
        return {
            "receipt_id": receipt.id,
            "at": receipt.at.isoformat(),
            "score": receipt.score,
            "band": receipt.band,
            self._outcome: receipt.prediction,
            "moment": receipt.moment,
            "model_version": receipt.version,
            "variant": receipt.variant,
        }


def add_routes(app: FastAPI, served: Served, load: LoadScorer) -> None:
    """Add the routes of leads and receipts, and describe them."""
    describe(served)
    replayer = Replayer(served.keeping.package, load, lambda: served.model.live)
    api = LeadsApi(served.keeping, replayer, outcome_name(served.use_case.task))
    app.add_route("/v1/leads/{id:path}/feedback", api.feedback, ["POST"])
    app.add_route("/v1/leads/{id:path}", api.lead, ["GET"])
    app.add_route("/v1/receipts/{id}", api.receipt, ["GET"])


def unknown_lead() -> Problem:
    """The answer to an id that no scored lead has."""
    return Problem(404, "no lead with this id was scored here; score it first")


def _said(said: Feedback) -> JsonObject:
    words = said.to_dict()
    return {"feedback_id": words.pop("id"), "at": said.at.isoformat(), **words}


def _page(request: Request) -> int:
    text = request.query_params.get("most", str(_PAGE))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _LARGEST_PAGE):
        raise Problem.of(
            422,
            Rule.OUT_OF_RANGE,
            f"most is {text[:40]!r}; expected a whole number from 1 to {_LARGEST_PAGE}",
            f"leave it out for {_PAGE}",
        )
    return int(text)
