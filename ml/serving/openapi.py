"""The API's description: each part of the server describes its own routes, and here they meet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml.contract.names import PRODUCT
from ml.contract.requests.problems import MEDIA_TYPE
from ml.serving.served import Served

_PROBLEM = {"$ref": "#/components/responses/Problem"}
JSON = "application/json"


def openapi(served: Served, *, release: str) -> dict[str, Any]:
    """The OpenAPI 3.1 description of every route that programs call.

    Parameters
    ----------
    served : Served
        Its parts have described their routes.
    release : str
        Release of the product.
    """
    use_case = served.use_case
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{PRODUCT.capitalize()}: {use_case.title}",
            "version": release,
            "description": f"Scores a {use_case.entity} from 0 to 100. {served.moment.meaning}",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": served.paths,
        "components": {
            "schemas": {**served.schemas, "Error": _error(), "Problem": _problem()},
            "responses": {"Problem": _problem_response()},
        },
    }


def operation(
    name: str,
    summary: str,
    answers: Mapping[str, Any],
    *,
    refusals: tuple[str, ...] = (),
    said: str = "The answer",
    **further: Any,
) -> dict[str, Any]:
    """One operation of a path.

    Parameters
    ----------
    name : str
        Its `operationId`.
    summary : str
    answers : mapping
        Media types of the answer 200.
    refusals : tuple of str, default=()
        Statuses that come as problem+json.
    said : str, default='The answer'
        What the answer 200 is.
    further
        `parameters`, `requestBody` and whatever else OpenAPI knows.
    """
    found = {"200": {"description": said, "content": dict(answers)}}
    responses = found | dict.fromkeys(refusals, _PROBLEM)
    return {"operationId": name, "summary": summary, **further, "responses": responses}


def json_body(schema: Mapping[str, Any], **examples: Any) -> dict[str, Any]:
    """The media type of JSON with a schema and named examples."""
    named = {name: {"value": value} for name, value in examples.items()}
    return {JSON: {"schema": dict(schema)} | ({"examples": named} if named else {})}


def array(items: Mapping[str, Any], **limits: int) -> dict[str, Any]:
    """Schema of a list."""
    return {"type": "array", "items": dict(items)} | limits


def ref(name: str) -> dict[str, str]:
    """Reference to one of the description's schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


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
        "properties": texts | {"status": {"type": "integer"}, "errors": array(ref("Error"))},
        "required": ["type", "title", "status", "error_id", "errors"],
    }


def _problem_response() -> dict[str, Any]:
    return {"description": "Refused, and why", "content": {MEDIA_TYPE: {"schema": ref("Problem")}}}
