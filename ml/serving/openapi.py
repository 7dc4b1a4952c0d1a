"""The API's description, generated from the schema of the use case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml.contract.moments import Moment
from ml.contract.names import PRODUCT, Kind
from ml.contract.requests.lead_requests import MOST_LEADS
from ml.contract.requests.problems import MEDIA_TYPE
from ml.contract.schema import Column
from ml.contract.use_case import UseCase
from ml.core.scored_table import NEEDS_ATTENTION, SCORED
from ml.core.scoring.certainty import Certainty
from ml.serving.scoring_api import MOST_REASONS

_TYPES = {
    Kind.NUMBER: ["number", "string", "null"],
    Kind.INTEGER: ["integer", "string", "null"],
    Kind.YES_NO: ["boolean", "string", "null"],
}
_PROBLEM = {"$ref": "#/components/responses/Problem"}
_REFUSALS = ("400", "413", "415", "422", "503")


def openapi(use_case: UseCase, moment: Moment, *, release: str) -> dict[str, Any]:
    """The OpenAPI 3.1 description of every route that programs call.

    Parameters
    ----------
    use_case : UseCase
    moment : Moment
        Only columns known by then appear in a lead.
    release : str
        Release of the product.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{PRODUCT.capitalize()}: {use_case.title}",
            "version": release,
            "description": f"Scores a {use_case.entity} from 0 to 100. {moment.meaning}",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": _paths(use_case, moment),
        "components": {
            "schemas": _schemas(use_case, moment),
            "responses": {"Problem": _problem_response()},
        },
    }


def example_lead(use_case: UseCase, moment: Moment) -> dict[str, Any]:
    """A lead that the API accepts as it stands."""
    return {column.name: _example(column) for column in lead_columns(use_case, moment)}


def lead_columns(use_case: UseCase, moment: Moment) -> tuple[Column, ...]:
    """The id and every column that the model of a moment may see."""
    return (use_case.schema.id, *use_case.schema.features(moment))


def _example(column: Column) -> Any:
    match column.kind:
        case Kind.NUMBER | Kind.INTEGER:
            return max(int(column.low), 0) + 3
        case Kind.YES_NO:
            return "No"
        case Kind.TEXT:
            return "lead-0001"
        case Kind.DATE:
            return "2026-01-31"
        case _:
            return column.levels[0] if column.levels else ""


def _column(column: Column) -> dict[str, Any]:
    described: dict[str, Any] = {
        "type": _TYPES.get(column.kind, ["string", "null"]),
        "title": column.label,
        "description": f"Header in files: {column.source}. Known from: {column.known_from}.",
        "examples": [_example(column)],
    }
    if column.levels:
        described["x-levels"] = list(column.levels)
    return described


def _paths(use_case: UseCase, moment: Moment) -> dict[str, Any]:
    lead = example_lead(use_case, moment)
    one_or_many = {
        "schema": {"oneOf": [_ref("Lead"), _ref("LeadBatch")]},
        "examples": {
            "one": {"summary": "One lead", "value": lead},
            "batch": {"summary": "Several leads", "value": {"leads": [lead]}},
        },
    }
    invocation = {
        "application/json": one_or_many,
        "application/jsonlines": {"schema": {"type": "string"}},
        "text/csv": {"schema": {"type": "string", "description": "A header and one row per lead."}},
    }
    answers = {"schema": {"oneOf": [_ref("ScoredLead"), _ref("BatchResult")]}}
    return {
        "/v1/score": {
            "post": {
                "operationId": "score",
                "summary": "Score one lead, or up to 1,000",
                "parameters": [_reasons()],
                "requestBody": {"required": True, "content": {"application/json": one_or_many}},
                "responses": _responses({"application/json": answers}),
            }
        },
        "/invocations": {
            "post": {
                "operationId": "invocations",
                "summary": "Score leads by the SageMaker container contract",
                "parameters": [_reasons()],
                "requestBody": {"required": True, "content": invocation},
                "responses": _responses(
                    {"application/json": answers, "text/csv": {}, "application/jsonlines": {}}
                )
                | {"406": _PROBLEM},
            }
        },
        "/ping": {"get": _probe("ping", "Is a model loaded? (SageMaker)")},
        "/health/live": {"get": _probe("live", "Is the process alive?", refuses=False)},
        "/health/ready": {"get": _probe("ready", "Can it score, and with which version?")},
    }


def _responses(content: Mapping[str, Any]) -> dict[str, Any]:
    refusals: dict[str, Any] = dict.fromkeys(_REFUSALS, _PROBLEM)
    return {"200": {"description": "Scored", "content": dict(content)}} | refusals


def _probe(name: str, summary: str, *, refuses: bool = True) -> dict[str, Any]:
    no = {"503": {"description": "No model is loaded"}} if refuses else {}
    return {
        "operationId": name,
        "summary": summary,
        "responses": {"200": {"description": "Yes"}} | no,
    }


def _reasons() -> dict[str, Any]:
    return {
        "name": "reasons",
        "in": "query",
        "description": "How many reasons for and against to give with each score.",
        "schema": {"type": "integer", "minimum": 0, "maximum": MOST_REASONS, "default": 0},
    }


def _schemas(use_case: UseCase, moment: Moment) -> dict[str, Any]:
    columns = lead_columns(use_case, moment)
    item = {"oneOf": [_ref("ScoredLead"), _ref("NeedsAttention")]}
    return {
        "Lead": {
            "type": "object",
            "description": "Keys are the names below or the headers that files use.",
            "properties": {column.name: _column(column) for column in columns},
            "required": [use_case.schema.id.name],
            "additionalProperties": True,
        },
        "LeadBatch": {
            "type": "object",
            "properties": {"leads": _array(_ref("Lead"), minItems=1, maxItems=MOST_LEADS)},
            "required": ["leads"],
            "additionalProperties": False,
        },
        "ScoredLead": {
            "type": "object",
            "properties": {
                "status": {"const": SCORED},
                "score": _points(),
                "band": {"enum": [band.name for band in use_case.bands]},
                "model_version": {"type": "string"},
                "score_low": _points() | {"type": ["integer", "null"]},
                "score_high": _points() | {"type": ["integer", "null"]},
                "interval": _interval(),
                "certainty": {
                    "enum": [*Certainty, None],
                    "description": "Whether the outcome is open: of those that turn out "
                    "otherwise at most a tenth is told likely or unlikely.",
                },
            },
        },
        "NeedsAttention": {
            "type": "object",
            "properties": {"status": {"const": NEEDS_ATTENTION}, "errors": _array(_ref("Error"))},
        },
        "BatchResult": {
            "type": "object",
            "properties": {
                "model_version": {"type": "string"},
                "scored": {"type": "integer"},
                "needs_attention": {"type": "integer"},
                "results": _array(item),
            },
        },
        "Error": _error(),
        "Problem": _problem(),
    }


def _points() -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "maximum": 100}


def _interval() -> dict[str, Any]:
    return {
        "type": ["array", "null"],
        "description": "Least and highest prediction that the evidence allows; scores likewise.",
        "items": {"type": "number"},
        "minItems": 2,
        "maxItems": 2,
    }


def _error() -> dict[str, Any]:
    texts = {
        name: {"type": "string"}
        for name in ("pointer", "column", "rule", "message", "hint", "value")
    }
    return {
        "type": "object",
        "properties": texts | {"row": {"type": "integer"}},
        "required": ["rule", "message", "hint"],
    }


def _problem() -> dict[str, Any]:
    texts = {name: {"type": "string"} for name in ("type", "title", "error_id")}
    return {
        "type": "object",
        "properties": texts | {"status": {"type": "integer"}, "errors": _array(_ref("Error"))},
        "required": ["type", "title", "status", "error_id", "errors"],
    }


def _problem_response() -> dict[str, Any]:
    return {"description": "Refused, and why", "content": {MEDIA_TYPE: {"schema": _ref("Problem")}}}


def _array(items: Mapping[str, Any], **limits: int) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)} | limits


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
