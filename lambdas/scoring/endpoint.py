"""What the SageMaker endpoint answers, and what its failures mean to a caller."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.clients import client, describe
from lambdas.observed import LOG
from ml.contract.requests.problems import Problem

_JSON = "application/json"
_SECONDS = 20
_BUSY = {
    "ThrottlingException", "ServiceUnavailable", "ServiceUnavailableException",
    "ModelNotReadyException", "InternalDependencyException",
}  # fmt: skip
#: Parts of a problem that the endpoint words for callers.
_SAID = {"type", "title", "status", "error_id", "errors"}


class Relayed(Problem):
    """Raised when the endpoint itself refused a request, in words meant for the caller."""

    def __init__(self, status: int, said: dict[str, Any]) -> None:
        super().__init__(status, str(said["title"]))
        self._said = {name: value for name, value in said.items() if name in _SAID}

    def to_dict(self) -> dict[str, Any]:
        return super().to_dict() | self._said | {"status": self.status}


def ask(name: str, body: bytes, key: str = "") -> bytes:
    """The endpoint's answer to a request, as JSON.

    Parameters
    ----------
    name : str
        The endpoint; empty where none has been deployed.
    body : bytes
        JSON that was judged already.
    key : str, default=""
        The caller's name for the request; captured with it, so that attempts can be told apart
        from requests. A model gives equal requests equal answers, so nothing else is needed.

    Raises
    ------
    Problem
        503 while there is no model or no room, 502 when the endpoint failed, and whatever the
        model refused.
    """
    if not name:
        raise _no_model()
    try:
        answer = client("sagemaker-runtime", read_seconds=_SECONDS, attempts=1).invoke_endpoint(
            EndpointName=name,
            ContentType=_JSON,
            Accept=_JSON,
            Body=body,
            **({"InferenceId": key} if key else {}),
        )
        with answer["Body"] as stream:
            scored: bytes = stream.read()
    except ClientError as error:
        raise _meaning(error) from None
    except BotoCoreError as error:
        LOG.error("endpoint did not answer", reason=describe(error))
        raise Problem(502, "the model did not answer in time; try again") from None
    return scored


def _meaning(error: ClientError) -> Problem:
    code = error.response["Error"]["Code"]
    if code == "ModelError":
        return _of_model(error.response)
    LOG.error("endpoint refused", reason=describe(error))
    if code in _BUSY:
        return Problem(503, "the model is busy; try again shortly", headers={"Retry-After": "5"})
    if code == "ValidationError" and "not found" in error.response["Error"].get("Message", ""):
        return _no_model()
    return Problem(502, "the model could not be asked; nothing is wrong with the request")


def _of_model(response: dict[str, Any]) -> Problem:
    status = int(response.get("OriginalStatusCode", 500))
    try:
        said = json.loads(response.get("OriginalMessage", ""))
    except ValueError:
        said = None
    LOG.warning("model refused", status=status)
    if isinstance(said, dict) and "title" in said and (400 <= status < 500 or status == 503):
        return Relayed(status, said)
    return Problem(502, "the model failed on this request; it was not scored")


def _no_model() -> Problem:
    return Problem(
        503,
        "no model has been deployed yet: run the retrain pipeline and deploy its champion, as "
        "docs/deploying.md says",
        headers={"Retry-After": "300"},
    )
