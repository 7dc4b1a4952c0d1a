"""What the API's description says of scoring."""

from __future__ import annotations

from typing import Any

from ml.contract.requests.lead_requests import MOST_LEADS
from ml.contract.requests.routes import SCORE, SCORE_BATCH
from ml.contract.use_case import UseCase
from ml.core.scored_table import NEEDS_ATTENTION, SCORED
from ml.core.scoring.certainty import Certainty
from ml.serving.lead_model import example_lead, lead_schema
from ml.serving.leads_description import key_parameter
from ml.serving.mlflow_protocol import INPUTS, INSTANCES, RECORDS, SPLIT
from ml.serving.openapi import array, json_body, operation, ref
from ml.serving.scoring_api import MOST_REASONS
from ml.serving.served import Served

_REFUSALS = ("400", "413", "415", "422", "503")
_CSV, _LINES = "text/csv", "application/jsonlines"


def describe(served: Served) -> None:
    """Add the scoring routes to the description."""
    lead = example_lead(served.use_case, served.moment)
    served.schemas.update(_schemas(served))
    served.paths.update(
        {
            SCORE: {"post": _score(lead)},
            SCORE_BATCH: {"post": _score_batch(lead)},
            "/invocations": {"post": _invocations("invocations", lead)},
            "/endpoints/{name}/invocations": {"post": _endpoint(served.model.model, lead)},
        }
    )


def _score(lead: dict[str, Any]) -> dict[str, Any]:
    return operation(
        "score",
        "Score one lead",
        json_body(ref("ScoredLead")),
        refusals=_REFUSALS,
        parameters=[_reasons(), key_parameter()],
        requestBody={"required": True, "content": json_body(ref("Lead"), lead=lead)},
    )


def _score_batch(lead: dict[str, Any]) -> dict[str, Any]:
    content = json_body(ref("LeadBatch"), batch={"leads": [lead]})
    return operation(
        "score_batch",
        f"Score up to {MOST_LEADS:,} leads; each has its own answer, in the same order",
        json_body(ref("BatchResult")),
        refusals=_REFUSALS,
        parameters=[_reasons(), key_parameter()],
        requestBody={"required": True, "content": content},
    )


def _invocations(name: str, lead: dict[str, Any]) -> dict[str, Any]:
    answers = {"oneOf": [ref("ScoredLead"), ref("BatchResult"), ref("Predictions")]}
    texts = {_CSV: {"schema": {"type": "string"}}, _LINES: {"schema": {"type": "string"}}}
    return operation(
        name,
        "Score leads by the SageMaker container contract, or by MLflow's scoring protocol",
        json_body(answers) | texts,
        refusals=(*_REFUSALS, "406"),
        parameters=[_reasons()],
        requestBody={"required": True, "content": _invocation_body(lead)},
    )


def _invocation_body(lead: dict[str, Any]) -> dict[str, Any]:
    shapes = {
        "lead": lead,
        "batch": {"leads": [lead]},
        SPLIT: {SPLIT: {"columns": list(lead), "data": [list(lead.values())]}},
        RECORDS: {RECORDS: [lead]},
        INSTANCES: {INSTANCES: [lead]},
        INPUTS: {INPUTS: {name: [value] for name, value in lead.items()}},
    }
    schema = {"anyOf": [ref("Lead"), ref("LeadBatch"), ref("MlflowRows")]}
    return json_body(schema, **shapes) | {
        _LINES: {"schema": {"type": "string", "description": "One lead as JSON per line."}},
        _CSV: {"schema": {"type": "string", "description": "A header and one row per lead."}},
    }


def _endpoint(model: str, lead: dict[str, Any]) -> dict[str, Any]:
    described = _invocations("invoke_endpoint", lead)
    described["summary"] = "The same, for clients of SageMaker's runtime such as boto3"
    name = {"name": "name", "in": "path", "required": True, "schema": {"const": model}}
    described["parameters"].append(name)
    described["responses"]["404"] = described["responses"]["400"]
    return described


def _reasons() -> dict[str, Any]:
    return {
        "name": "reasons",
        "in": "query",
        "description": "How many reasons for and against to give with each score.",
        "schema": {"type": "integer", "minimum": 0, "maximum": MOST_REASONS, "default": 0},
    }


def _schemas(served: Served) -> dict[str, Any]:
    item = {"oneOf": [ref("ScoredLead"), ref("NeedsAttention")]}
    return {
        "Lead": lead_schema(served.use_case, served.moment),
        "LeadBatch": {
            "type": "object",
            "properties": {"leads": array(ref("Lead"), minItems=1, maxItems=MOST_LEADS)},
            "required": ["leads"],
            "additionalProperties": False,
        },
        "MlflowRows": _mlflow_rows(),
        "Predictions": {
            "type": "object",
            "description": "A pair of probabilities per row, or a number of other tasks.",
            "properties": {"predictions": {"type": "array"}},
            "required": ["predictions"],
            "additionalProperties": False,
        },
        "ScoredLead": _scored_lead(served.use_case),
        "NeedsAttention": {
            "type": "object",
            "properties": {"status": {"const": NEEDS_ATTENTION}, "errors": array(ref("Error"))},
            "required": ["status", "errors"],
        },
        "BatchResult": {
            "type": "object",
            "properties": {
                "model_version": {"type": "string"},
                "scored": {"type": "integer"},
                "needs_attention": {"type": "integer"},
                "results": array(item),
            },
            "required": ["model_version", "scored", "needs_attention", "results"],
        },
    }


def _mlflow_rows() -> dict[str, Any]:
    rows = array({"type": "object"}, minItems=1)
    split = {
        "type": "object",
        "properties": {"columns": array({"type": "string"}), "data": array({"type": "array"})},
        "required": ["columns", "data"],
    }
    shapes = {
        SPLIT: split,
        RECORDS: rows,
        INSTANCES: rows,
        INPUTS: {"anyOf": [rows, {"type": "object", "additionalProperties": {"type": "array"}}]},
    }
    return {
        "oneOf": [
            {
                "type": "object",
                "properties": {name: shape},
                "required": [name],
                "additionalProperties": False,
            }
            for name, shape in shapes.items()
        ]
    }


def _scored_lead(use_case: UseCase) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "status": {"const": SCORED},
            "lead_id": {"type": "string"},
            "scored_at": {"type": "string", "format": "date-time"},
            "score": _points("integer"),
            "band": {"enum": [band.name for band in use_case.bands]},
            "model_version": {"type": "string"},
            "receipt_id": {
                "type": ["string", "null"],
                "description": "By which /v1/receipts tells why; null where none could be taken.",
            },
            "score_low": _points("integer", "null"),
            "score_high": _points("integer", "null"),
            "interval": _interval(),
            "certainty": {
                "enum": [*Certainty, None],
                "description": "Whether the outcome is open: of those that turn out otherwise "
                "at most a tenth is told likely or unlikely.",
            },
        },
        "required": [
            "status",
            "lead_id",
            "scored_at",
            "score",
            "band",
            "model_version",
            "receipt_id",
        ],
    }


def _points(*types: str) -> dict[str, Any]:
    return {"type": list(types), "minimum": 0, "maximum": 100}


def _interval() -> dict[str, Any]:
    return {
        "type": ["array", "null"],
        "description": "Least and highest prediction that the evidence allows; scores likewise.",
        "items": {"type": "number"},
        "minItems": 2,
        "maxItems": 2,
    }
