"""SageMaker's container contract: `POST /invocations`.

CSV (with a header), JSON and JSON lines go in; any of them comes out, one answer per lead in
the order of the leads. JSON in a shape of MLflow's protocol is answered as MLflow does.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ml.contract.faults import Fault, Rule, Severity
from ml.contract.names import Purpose
from ml.contract.requests.lead_requests import Lead, LeadReader
from ml.contract.requests.problems import Problem, entry, pointer_to
from ml.contract.schema import Column
from ml.core.spreadsheet import neutral
from ml.serving.bodies import MEGABYTE, media_type, read_body
from ml.serving.live_model import LiveModel, LiveScorer
from ml.serving.mlflow_protocol import leads_of, predictions_of, shape_of
from ml.serving.scoring_api import (
    JSON,
    ScoringApi,
    json_response,
    serving,
    wanted_reasons,
    wrong_media_type,
)
from ml.serving.served import Served
from ml.serving.strict_json import parse_json

CSV, LINES = "text/csv", "application/jsonlines"
_SPELLINGS = {
    CSV: CSV, JSON: JSON, LINES: LINES,
    "application/x-jsonlines": LINES, "application/x-ndjson": LINES,
}  # fmt: skip
_ANYTHING = {"*/*", "", "application/*", "text/*"}
FIELDS = (
    "status", "score", "score_low", "score_high", "probability", "prediction", "band", "certainty",
    "model_version", "attention",
)  # fmt: skip


#: The one variant of a server with one model.
_VARIANT = "live"
#: Parsing more than this at once would hold up others.
_INLINE_BYTES = 50_000


class Invocations:
    """Answers the calls that SageMaker makes.

    Parameters
    ----------
    model : LiveModel
    reader : LeadReader
    api : ScoringApi
    required : tuple of Column
        Columns that a CSV header must name.
    most_bytes : int
        Largest body.
    """

    def __init__(
        self,
        *,
        model: LiveModel,
        reader: LeadReader,
        api: ScoringApi,
        required: tuple[Column, ...],
        most_bytes: int,
    ) -> None:
        self._model, self._reader, self._api = model, reader, api
        self._required, self._most_bytes = required, most_bytes

    async def invoke(self, request: Request) -> Response:
        """Answer `POST /invocations`."""
        kind = _SPELLINGS.get(media_type(request))
        if kind is None:
            raise wrong_media_type(media_type(request), CSV, JSON, LINES)
        answer = _accepted(request, kind)
        reasons = wanted_reasons(request)
        body = await read_body(request, self._most_bytes)
        live = serving(self._model)
        if kind == JSON:
            return await self._invoke_json(live, body, answer, reasons)
        leads = await run_in_threadpool(self._leads, body, kind)
        return _answer(await self._api.batch(live, leads, reasons), answer)

    async def _invoke_json(
        self, live: LiveScorer, body: bytes, answer: str, reasons: int
    ) -> Response:
        document = await _parsed(body)
        if shape := shape_of(document):
            leads = await run_in_threadpool(leads_of, document, shape, self._reader)
            results = (await self._api.batch(live, leads, 0))["results"]
            return json_response(predictions_of(results, self._api.task, document))
        if self._reader.is_batch(document):
            leads = await run_in_threadpool(self._reader.batch, document)
            return _answer(await self._api.batch(live, leads, reasons), answer)
        result = self._api.one(live, document, reasons)
        return _answer(result if answer == JSON else {"results": [result]}, answer)

    async def invoke_endpoint(self, request: Request) -> Response:
        """Answer `POST /endpoints/{name}/invocations`, as SageMaker's runtime does."""
        name = request.path_params["name"]
        if name != self._model.model:
            title = f"there is no endpoint {name[:80]!r} here; expected {self._model.model!r}"
            raise Problem(404, title)
        response = await self.invoke(request)
        response.headers["x-amzn-invoked-production-variant"] = _VARIANT
        return response

    def _leads(self, body: bytes, kind: str) -> list[Lead]:
        return list(self._csv(body) if kind == CSV else self._lines(body))

    def _lines(self, body: bytes) -> Iterable[Lead]:
        lines = [line for line in body.splitlines() if line.strip()]
        if not lines:
            raise _refused(Rule.NO_ROWS, "the body holds no lines", "send one JSON object per line")
        for position, line in enumerate(lines):
            try:
                value = parse_json(line, where=f"line {position + 1}")
            except Problem as problem:
                yield Lead(path=(position,), errors=tuple(problem.errors))
            else:
                yield self._reader.lead(value, (position,))

    def _csv(self, body: bytes) -> Iterable[Lead]:
        rows = _csv_rows(body)
        _, header = next(rows, (0, list[str]()))
        self._check(header)
        position = -1
        for position, (line, row) in enumerate(rows):
            if len(row) == len(header):
                yield self._reader.lead(dict(zip(header, row, strict=True)), (position,))
            else:
                yield Lead(
                    path=(position,), errors=(_field_count(line, len(header), len(row), position),)
                )
        if position < 0:
            raise _refused(
                Rule.NO_ROWS, "the CSV holds a header and no leads", "add one row per lead"
            )

    def _check(self, header: list[str]) -> None:
        if not header:
            raise _refused(
                Rule.EMPTY_FILE, "the body holds no CSV", "send a header and one row per lead"
            )
        names = [self._reader.column_name(name) or name for name in header]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            message = f"the header names {repeated[:5]} more than once"
            raise _refused(Rule.DUPLICATE_COLUMN, message, "name each column once")
        missing = [column.source for column in self._required if column.name not in names]
        if missing:
            message = f"the header lacks {missing}"
            raise _refused(
                Rule.MISSING_COLUMN, message, "add the columns; their cells may be empty"
            )


def add_routes(app: FastAPI, served: Served, api: ScoringApi) -> None:
    """Add the routes of the container contract."""
    invocations = Invocations(
        model=served.model,
        reader=served.reader,
        api=api,
        required=served.use_case.schema.required(served.moment, Purpose.SCORE),
        most_bytes=served.settings.upload_megabytes * MEGABYTE,
    )
    app.add_route("/invocations", invocations.invoke, ["POST"])
    app.add_route("/endpoints/{name}/invocations", invocations.invoke_endpoint, ["POST"])


async def _parsed(body: bytes) -> Any:
    if len(body) <= _INLINE_BYTES:
        return parse_json(body)
    return await run_in_threadpool(parse_json, body)


def _csv_rows(body: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"byte {error.start} is not UTF-8"
        raise _refused(Rule.ENCODING, message, "send the CSV in UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        message = f"line {reader.line_num} is not CSV: {error}"
        raise _refused(Rule.NOT_CSV, message, "quote cells that hold commas or quotes") from None


def _field_count(line: int, expected: int, seen: int, position: int) -> dict[str, Any]:
    fault = Fault(
        rule=Rule.FIELD_COUNT,
        severity=Severity.ROW,
        line=line,
        message=f"expected {expected} fields, got {seen}",
        hint="quote cells that hold commas",
    )
    return entry(fault, pointer_to(position))


def _refused(rule: Rule, message: str, hint: str) -> Problem:
    return Problem.of(422, rule, message, hint)


def _accepted(request: Request, kind: str) -> str:
    """The media type to answer with: the first accepted one that we speak."""
    wanted = [
        part.split(";", 1)[0].strip().lower()
        for part in request.headers.get("accept", "").split(",")
    ]
    for name in wanted:
        if name in _ANYTHING:
            return kind
        if name in _SPELLINGS:
            return _SPELLINGS[name]
    raise Problem(
        406, f"cannot answer as {wanted[0][:80]!r}; accepted are {CSV}, {JSON} and {LINES}"
    )


def _answer(answer: dict[str, Any], kind: str) -> Response:
    if kind == JSON:
        return json_response(answer)
    results = answer["results"]
    if kind == LINES:
        return Response(b"".join(orjson.dumps(r) + b"\n" for r in results), media_type=LINES)
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(FIELDS)
    table.writerows(_cells(result) for result in results)
    return Response(text.getvalue(), media_type=CSV)


def _cells(result: dict[str, Any]) -> list[Any]:
    said = [f"{e.get('column', '')}: {e['rule']}: {e['message']}" for e in result.get("errors", ())]
    cells = result | {"attention": neutral("; ".join(said))}
    return ["" if cells.get(name) is None else cells[name] for name in FIELDS]
