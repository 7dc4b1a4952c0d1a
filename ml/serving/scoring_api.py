"""`POST /v1/score` for one lead, `POST /v1/score/batch` for up to a thousand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ml.contract.faults import Fault, Rule, Severity
from ml.contract.modelling import BinaryTask, Task
from ml.contract.requests.lead_requests import Lead, LeadReader
from ml.contract.requests.problems import Problem, pointer_to
from ml.contract.requests.routes import MOST_BYTES, SCORE, SCORE_BATCH, not_one_lead
from ml.core.scored_table import NEEDS_ATTENTION, SCORED
from ml.serving.access.gate import Answer
from ml.serving.bodies import media_type, read_body
from ml.serving.capture import Record
from ml.serving.keeping import Keeping
from ml.serving.live_model import LiveModel, LiveScorer
from ml.serving.metrics import Metrics
from ml.serving.receipt_maker import GivenScore
from ml.serving.served import Served
from ml.serving.short_way import ShortWay
from ml.serving.strict_json import parse_json

MOST_REASONS = 10
_INLINE_LEADS = 20
JSON = "application/json"


class ScoringApi:
    """Answers scoring requests in JSON.

    Parameters
    ----------
    model : LiveModel
    reader : LeadReader
    task : Task
        Decides whether a prediction is called a probability.
    keeping : Keeping
        Takes a receipt of each score.
    metrics : Metrics
        Counts leads by band, and what is wrong with those of a batch.
    """

    def __init__(
        self, model: LiveModel, reader: LeadReader, task: Task, keeping: Keeping, metrics: Metrics
    ) -> None:
        self._model, self._reader, self.task = model, reader, task
        self._record, self._once = keeping.record, keeping.once
        self._outcome = outcome_name(task)
        self._metrics = metrics

    async def score(self, request: Request) -> Response:
        """Answer `POST /v1/score`."""
        body = await self._body(request, MOST_BYTES[SCORE])

        async def work(record: Record) -> Response:
            document, reasons = parse_json(body), wanted_reasons(request)
            if self._reader.is_batch(document):
                raise not_one_lead()
            return json_response(self.one(serving(self._model), document, reasons, record))

        return await self._once.answer(request, body, work)

    async def score_batch(self, request: Request) -> Response:
        """Answer `POST /v1/score/batch`."""
        body = await self._body(request, MOST_BYTES[SCORE_BATCH])

        async def work(record: Record) -> Response:
            document, reasons = parse_json(body), wanted_reasons(request)
            live, leads = serving(self._model), self._reader.batch(document)
            return json_response(await self.batch(live, leads, reasons, record))

        return await self._once.answer(request, body, work)

    async def _body(self, request: Request, most_bytes: int) -> bytes:
        kind = media_type(request)
        if kind != JSON and not kind.endswith("+json"):
            raise wrong_media_type(kind, JSON)
        return await read_body(request, most_bytes)

    def one(
        self, live: LiveScorer, document: object, reasons: int, record: Record | None = None
    ) -> dict[str, Any]:
        """Score a lead that came alone; raises Problem 422 when it cannot be.

        `record` takes the receipt in place of the server's own capture.
        """
        lead = self._reader.lead(document)
        result = self._result(live, lead, reasons, _now())
        if "errors" in result:
            title = f"{len(result['errors'])} value(s) of the lead need attention"
            raise Problem(422, title, result["errors"])
        self._metrics.score(result["band"])
        result["receipt_id"] = self._taken(live, lead, result, record or self._record)
        return result

    async def batch(
        self, live: LiveScorer, leads: list[Lead], reasons: int, record: Record | None = None
    ) -> dict[str, Any]:
        """Score many leads; every one has its place in `results`."""
        take = record or self._record
        results = await _run(len(leads), reasons, self._results, live, leads, reasons, take)
        scored = sum(result["status"] == SCORED for result in results)
        return {
            "model_version": live.version,
            "scored": scored,
            "needs_attention": len(results) - scored,
            "results": results,
        }

    def _results(
        self, live: LiveScorer, leads: list[Lead], reasons: int, record: Record
    ) -> list[dict[str, Any]]:
        repeats, at = self._repeats(leads), _now()
        results = [
            self._result(live, lead, reasons, at) | repeats.get(position, {})
            for position, lead in enumerate(leads)
        ]
        self._metrics.score_many(results)
        taken: dict[str, str | None] = {}
        for lead, result in zip(leads, results, strict=True):
            if result["status"] == SCORED:
                first = result.get("duplicate_of", pointer_to(*lead.path))
                if first not in taken:
                    taken[first] = self._taken(live, lead, result, record)
                result["receipt_id"] = taken[first]
        return results

    def _taken(
        self, live: LiveScorer, lead: Lead, result: dict[str, Any], record: Record
    ) -> str | None:
        said = result["lead_id"], result[self._outcome], result["score"], result["band"]
        return record(live, lead, GivenScore(*said))

    def _result(self, live: LiveScorer, lead: Lead, reasons: int, at: str) -> dict[str, Any]:
        if lead.errors:
            return _attention(list(lead.errors))
        scored = live.scorer.score_record(lead.cells, reasons=reasons)
        if scored.faults:
            return _attention(self._reader.entries(lead, scored.faults))
        values = scored.to_dict()
        del values["faults"]
        values[self._outcome] = values.pop("prediction")
        values["warnings"] = [*lead.notices, *self._reader.entries(lead, scored.warnings)]
        return {"status": SCORED, "scored_at": at, **values}

    def _repeats(self, leads: list[Lead]) -> dict[int, dict[str, Any]]:
        """What to say of leads that share an id: equal ones point to the first of them."""
        id_column = self._reader.id
        groups: dict[str, list[int]] = {}
        for position, lead in enumerate(leads):
            value = lead.cells.get(lead.keys.get(id_column.name, ""))
            if value not in (None, ""):
                groups.setdefault(str(value), []).append(position)
        said: dict[int, dict[str, Any]] = {}
        for first, *others in groups.values():
            if all(leads[other].cells == leads[first].cells for other in others):
                said |= {
                    other: {"duplicate_of": pointer_to(*leads[first].path)} for other in others
                }
            else:
                fault = _conflict(id_column.source)
                said |= {
                    p: _attention(self._reader.entries(leads[p], [fault])) for p in (first, *others)
                }
        return said


def add_routes(app: FastAPI, served: Served, answer: Answer) -> ScoringApi:
    """Add the scoring routes; plain ones, as FastAPI's own cost more than scoring a lead."""
    api = ScoringApi(
        served.model, served.reader, served.use_case.task, served.keeping, served.metrics
    )
    app.add_route(SCORE, api.score, ["POST"])
    app.add_middleware(ShortWay, path=SCORE, endpoint=api.score, answer=answer)
    app.add_route(SCORE_BATCH, api.score_batch, ["POST"])
    return api


def outcome_name(task: Task) -> str:
    """What a task's predictions are called."""
    return "probability" if isinstance(task, BinaryTask) else "prediction"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _attention(errors: list[Any]) -> dict[str, Any]:
    return {"status": NEEDS_ATTENTION, "errors": errors}


def _conflict(column: str) -> Fault:
    return Fault(
        rule=Rule.DUPLICATE_ID,
        severity=Severity.ROW,
        column=column,
        message="another lead of this request has the same id and other values",
        hint="send each lead once, or give each its own id",
    )


async def _run(leads: int, reasons: int, work: Any, *args: Any) -> Any:
    """Short work at once, long work in a thread, so that it holds up nobody else."""
    if leads <= _INLINE_LEADS and (not reasons or leads == 1):
        return work(*args)
    return await run_in_threadpool(work, *args)


def serving(model: LiveModel) -> LiveScorer:
    """The scorer in force; raises Problem 503 while there is none."""
    if model.live is None:
        title = f"no model is ready: {model.problem}"
        raise Problem(503, title, headers={"Retry-After": "5"})
    return model.live


def wanted_reasons(request: Request) -> int:
    """How many reasons the query asks for; raises Problem 422 for anything but 0 to 10."""
    if not request.scope["query_string"]:  # reading none takes as long as scoring a lead
        return 0
    text = request.query_params.get("reasons", "0")
    if not (text.isascii() and text.isdigit() and int(text) <= MOST_REASONS):
        raise Problem.of(
            422,
            Rule.OUT_OF_RANGE,
            f"reasons is {text[:40]!r}; expected a whole number from 0 to {MOST_REASONS}",
            "ask for example for ?reasons=3",
        )
    return int(text)


def wrong_media_type(kind: str, *expected: str) -> Problem:
    """The answer to a content type that is not read here."""
    return Problem.of(
        415,
        Rule.MEDIA_TYPE,
        f"the content type is {kind[:80]!r}; expected {' or '.join(expected)}",
        f"set the header Content-Type: {expected[0]}",
    )


def json_response(value: Any) -> Response:
    """JSON values as a response."""
    return Response(orjson.dumps(value), media_type=JSON)
