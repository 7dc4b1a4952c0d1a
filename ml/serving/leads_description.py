"""What the API's description says of leads, receipts and feedback."""

from __future__ import annotations

from typing import Any

from ml.contract.feedback import FeedbackVerdict
from ml.serving.feedback_reader import LONGEST_COMMENT
from ml.serving.idempotency import HEADER
from ml.serving.openapi import array, json_body, operation, ref
from ml.serving.served import Served

_RECEIPT_ID = "019b76daa8007000800000000000000a"
_TEXT: dict[str, Any] = {"type": "string"}
_MAYBE_TEXT: dict[str, Any] = {"type": ["string", "null"]}


def describe(served: Served) -> None:
    """Add the routes of leads and receipts to the description."""
    served.schemas.update(_schemas())
    served.paths.update(
        {
            "/v1/leads/{id}": {"get": _story()},
            "/v1/leads/{id}/feedback": {"post": _feedback()},
            "/v1/receipts/{id}": {"get": _receipt()},
        }
    )


def key_parameter() -> dict[str, Any]:
    """The header by which a repeated request gets the answer of the first."""
    return {
        "name": HEADER,
        "in": "header",
        "description": "The same key and body get the same answer for 24 hours.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    }


def _story() -> dict[str, Any]:
    before = {"name": "before", "in": "query", "description": "`older` of the page before."}
    most = {"name": "most", "in": "query", "description": "Scores on a page."}
    limits = {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    return operation(
        "lead_story",
        "A lead's scores, newest first, and what people said of it",
        json_body(ref("LeadStory")),
        refusals=("404", "422"),
        parameters=[_id("lead"), before | {"schema": _TEXT}, most | {"schema": limits}],
    )


def _feedback() -> dict[str, Any]:
    example = {"verdict": "up", "comment": "called back at once", "receipt_id": _RECEIPT_ID}
    return operation(
        "give_feedback",
        "Say whether a score was right, or what became of the lead; the last word counts",
        json_body(ref("Feedback")),
        refusals=("400", "404", "413", "415", "422", "503"),
        parameters=[_id("lead"), key_parameter()],
        requestBody={
            "required": True,
            "content": json_body(ref("FeedbackWords"), feedback=example),
        },
    )


def _receipt() -> dict[str, Any]:
    return operation(
        "receipt",
        "Why a score was what it was: its inputs and reasons, and the score made again",
        json_body(ref("Receipt")),
        refusals=("404",),
        parameters=[_id("receipt")],
    )


def _id(of: str) -> dict[str, Any]:
    example = "lead-1" if of == "lead" else _RECEIPT_ID
    return {
        "name": "id",
        "in": "path",
        "required": True,
        "description": f"Id of the {of}.",
        "schema": _TEXT,
        "example": example,
    }


def _schemas() -> dict[str, Any]:
    words = {
        "verdict": {"enum": list(FeedbackVerdict)},
        "comment": {"type": ["string", "null"], "maxLength": LONGEST_COMMENT},
        "receipt_id": _MAYBE_TEXT,
    }
    told = {"feedback_id": _TEXT, "at": _TEXT, "lead": _TEXT, "rep": _TEXT}
    score = {"receipt_id": _TEXT, "at": _TEXT, "score": {"type": "integer"}, "band": _TEXT}
    receipt = score | {
        "lead": _MAYBE_TEXT,
        "use_case": _TEXT,
        "model": _TEXT,
        "version": _TEXT,
        "package_sha256": _TEXT,
        "cells": {"type": "object"},
        "inputs_sha256": _TEXT,
        "reasons_for": {"type": ["array", "null"]},
        "reasons_against": {"type": ["array", "null"]},
        "replay": ref("Replay"),
    }
    return {
        "FeedbackWords": _object(words, required=["verdict"], additionalProperties=False),
        "Feedback": _object(words | told, required=["feedback_id", "verdict"]),
        "LeadStory": _object(
            {
                "lead": _TEXT,
                "scores": array(_object(score)),
                "older": _MAYBE_TEXT,
                "feedback": array(ref("Feedback")),
                "counts": {"type": "object", "additionalProperties": ref("Feedback")},
            }
        ),
        "Receipt": _object(receipt),
        "Replay": _object(
            {
                "same": {
                    "type": ["boolean", "null"],
                    "description": "Whether the score came out as it was; null where the package "
                    "that made it is gone.",
                },
                "difference": {"type": ["number", "null"]},
                "problem": _MAYBE_TEXT,
            }
        ),
    }


def _object(properties: dict[str, Any], **further: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)} | further
