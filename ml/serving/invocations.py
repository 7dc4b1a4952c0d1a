"""SageMaker's container contract: `GET /ping` and `POST /invocations`.

CSV (with a header), JSON and JSON lines go in; any of them comes out, one answer per lead in
the order of the leads.
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
from ml.serving.live_model import LiveModel
from ml.serving.scoring_api import JSON, ScoringApi, serving, wanted_reasons, wrong_media_type
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

    async def ping(self, request: Request) -> Response:
        """Answer `GET /ping`: 200 when a model is loaded, 503 otherwise."""
        return Response(status_code=503 if self._model.live is None else 200)

    async def invoke(self, request: Request) -> Response:
        """Answer `POST /invocations`."""
        kind = _SPELLINGS.get(media_type(request))
        if kind is None:
            raise wrong_media_type(media_type(request), CSV, JSON, LINES)
        answer = _accepted(request, kind)
        reasons = wanted_reasons(request)
        body = await read_body(request, self._most_bytes)
        live = serving(self._model)
        if kind == JSON and not self._reader.is_batch(document := parse_json(body)):
            result = self._api.one(live, document, reasons)
            return _answer({"results": [result]} if answer != JSON else result, answer)
        leads = await run_in_threadpool(self._leads, body, kind)
        return _answer(await self._api.batch(live, leads, reasons), answer)

    def _leads(self, body: bytes, kind: str) -> list[Lead]:
        if kind == JSON:
            return self._reader.batch(parse_json(body))
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
    app.add_route("/ping", invocations.ping, ["GET"])
    app.add_route("/invocations", invocations.invoke, ["POST"])


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
        return Response(orjson.dumps(answer), media_type=JSON)
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
