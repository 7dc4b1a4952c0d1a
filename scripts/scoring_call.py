"""Requests to a deployed scoring API, signed or not."""

import json
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

_SERVICE = "execute-api"
# A serverless endpoint takes its time over the first request.
_SECONDS = 30


@dataclass(frozen=True)
class Answer:
    """Status and JSON body of an answer; an empty body where it is no JSON object."""

    status: int
    body: dict[str, Any]

    def __str__(self) -> str:
        said = self.body.get("title") or self.body.get("message") or "no reason given"
        return f"{self.status} {said}"


def post(url: str, lead: dict[str, Any], signer: boto3.Session | None = None) -> Answer:
    """Send one lead.

    Parameters
    ----------
    url : str
        Of the API's route.
    lead : dict
        Its columns.
    signer : Session or None, default=None
        Who signs the request; nobody by default.

    Raises
    ------
    BotoCoreError
        When nobody answers.
    """
    request = AWSRequest(
        "POST", url, data=json.dumps(lead), headers={"content-type": "application/json"}
    )
    if signer is not None:
        SigV4Auth(signer.get_credentials(), _SERVICE, signer.region_name).add_auth(request)
    answer = URLLib3Session(timeout=_SECONDS).send(request.prepare())
    return Answer(answer.status_code, _object(answer.text))


def _object(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
