"""What the API's description says of jobs."""

from __future__ import annotations

from typing import Any

from ml.contract.file_jobs import JobState
from ml.serving.leads_description import key_parameter
from ml.serving.openapi import array, json_body, operation, ref
from ml.serving.result_csv import CSV
from ml.serving.served import Served
from ml.serving.uploads import EXPLAINED, FIELD

_ID = "4f1c2d3e"
_PARQUET = "application/vnd.apache.parquet"
_EVENTS = "text/event-stream"
_BYTES = {"schema": {"type": "string", "format": "binary"}}


def describe(served: Served) -> None:
    """Add the routes of jobs to the description."""
    served.schemas["Job"] = _job()
    served.paths.update(
        {
            "/v1/jobs": {"post": _submit(), "get": _list()},
            "/v1/jobs/{id}": {
                "get": _one("job", "How far a job has come"),
                "delete": _one("cancel_job", "Stop a job; one that has ended stays as it is"),
            },
            "/v1/jobs/{id}/events": {"get": _events()},
            "/v1/jobs/{id}/result": {"get": _result()},
        }
    )


def _submit() -> dict[str, Any]:
    ticked = {"type": "string", "description": "Whatever it says, the result has reasons."}
    fields = {FIELD: _BYTES["schema"], EXPLAINED: ticked}
    form = {"type": "object", "properties": fields, "required": [FIELD]}
    described = operation(
        "submit_job",
        "Score a file of leads, CSV or Parquet, beside the requests",
        json_body(ref("Job")),
        said="The same file was sent before: its job",
        refusals=("400", "413", "415", "422", "429", "503", "507"),
        parameters=[key_parameter()],
        requestBody={"required": True, "content": {"multipart/form-data": {"schema": form}}},
    )
    taken = {"description": "A new job", "content": json_body(ref("Job"))}
    described["responses"]["202"] = taken
    return described


def _list() -> dict[str, Any]:
    jobs = {"type": "object", "properties": {"jobs": array(ref("Job"))}, "required": ["jobs"]}
    return operation("jobs", "The caller's newest jobs", json_body(jobs))


def _one(name: str, summary: str) -> dict[str, Any]:
    return operation(name, summary, json_body(ref("Job")), refusals=("404",), parameters=[_id()])


def _events() -> dict[str, Any]:
    return operation(
        "job_events",
        "A job's progress as server-sent events, until it has ended",
        {_EVENTS: {"schema": {"type": "string"}}},
        refusals=("404",),
        parameters=[_id()],
    )


def _result() -> dict[str, Any]:
    return operation(
        "job_result",
        "The scored rows; `Accept` chooses between Parquet and CSV",
        {_PARQUET: _BYTES, CSV: {"schema": {"type": "string"}}},
        refusals=("404", "406", "409"),
        parameters=[_id()],
    )


def _id() -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": "id", "in": "path", "required": True, "schema": schema, "example": _ID}


def _job() -> dict[str, Any]:
    properties: dict[str, Any] = {
        "id": {"type": "string"},
        "file": {"type": "string"},
        "state": {"enum": [*JobState]},
        "rows_done": {"type": ["integer", "null"]},
        "rows": {"type": ["integer", "null"]},
        "links": {"type": "object"},
    }
    return {"type": "object", "properties": properties, "required": list(properties)}
