"""The body of a request, judged before the endpoint is asked."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from ml.contract.faults import Rule
from ml.contract.moments import Moment
from ml.contract.requests.lead_requests import Lead, LeadReader
from ml.contract.requests.problems import Problem
from ml.contract.requests.routes import MEGABYTE, MOST_BYTES, SCORE_BATCH, not_one_lead
from ml.contract.requests.strict_json import parse_json
from ml.contract.use_case import UseCase

JSON = "application/json"
_KEY = re.compile(r"[A-Za-z0-9._-]{1,64}")


def leads_of(event: Mapping[str, Any], use_case: UseCase, moment: Moment) -> tuple[bytes, int]:
    """The body of a request that the endpoint may see, and how many leads it holds.

    Parameters
    ----------
    event : mapping
        Of an HTTP API, in its format 2.0.
    use_case, moment : UseCase, Moment
        Which fields a lead may have.

    Raises
    ------
    Problem
        400 for what is not strict JSON, 413 for too much, 415 for another media type, 422 for
        leads whose form is wrong.
    """
    _check_media_type(event)
    body = _body(event)
    route = str(event["rawPath"])
    if len(body) > (most := MOST_BYTES[route]):
        size = f"{most // MEGABYTE} MB"
        raise _refused(413, Rule.TOO_LARGE, f"the request is larger than {size}", "send less")
    document = parse_json(body)
    reader = LeadReader(use_case.schema, moment)
    if route == SCORE_BATCH:
        # A faulty lead among others gets its own answer from the endpoint.
        return body, len(reader.batch(document))
    if reader.is_batch(document):
        raise not_one_lead()
    _check(reader.lead(document))
    return body, 1


def idempotency_key(event: Mapping[str, Any]) -> str:
    """The caller's own name for the request; empty where it gave none.

    Raises
    ------
    Problem
        400 for a key that cannot be kept beside the captured request.
    """
    key = header(event, "idempotency-key")
    if key and not _KEY.fullmatch(key):
        message = "Idempotency-Key is not 1 to 64 letters, digits, dots, dashes or underscores"
        raise _refused(400, Rule.JSON_VALUE, message, "send a UUID, the same for each attempt")
    return key


def _check_media_type(event: Mapping[str, Any]) -> None:
    kind = header(event, "content-type").split(";", 1)[0].strip().lower()
    if kind != JSON and not kind.endswith("+json"):
        message = f"cannot read {kind[:80] or 'a body without a media type'!r}"
        raise _refused(415, Rule.MEDIA_TYPE, message, f"send Content-Type: {JSON}")


def header(event: Mapping[str, Any], name: str) -> str:
    """A header of the request; empty where it is missing."""
    headers = event.get("headers") or {}
    return str(next((value for key, value in headers.items() if key.lower() == name), ""))


def _body(event: Mapping[str, Any]) -> bytes:
    text = str(event.get("body") or "")
    if not event.get("isBase64Encoded"):
        return text.encode("utf-8", errors="surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        message = "the body is not what its encoding says"
        raise _refused(400, Rule.JSON_UNREADABLE, message, "send the JSON as it is") from None


def _check(lead: Lead) -> None:
    if lead.errors:
        title = f"{len(lead.errors)} value(s) of the lead need attention"
        raise Problem(422, title, lead.errors)


def _refused(status: int, rule: Rule, message: str, hint: str) -> Problem:
    return Problem.of(status, rule, message, hint)
