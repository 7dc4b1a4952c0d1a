"""Answers to CloudFormation, which waits for one for each custom resource that it calls."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

Event = Mapping[str, Any]


def custom_resource(work: Callable[[Event], str]) -> Callable[[Event, object], None]:
    """A Lambda handler that does the work and tells CloudFormation how it went.

    Parameters
    ----------
    work : callable
        Takes the event (`RequestType`, `ResourceProperties`, ...) and gives the physical id. What
        it raises fails the deployment, with the error's text as the reason.

    Returns
    -------
    callable
        The handler.
    """

    def handler(event: Event, _context: object) -> None:
        try:
            answer = {"Status": "SUCCESS", "PhysicalResourceId": work(event)}
        except Exception as error:  # an error that is not told would be waited for, for an hour
            answer = {
                "Status": "FAILED",
                "PhysicalResourceId": event.get("PhysicalResourceId", event["LogicalResourceId"]),
                "Reason": f"{type(error).__name__}: {error}"[:1000],
            }
        _send(event, answer)

    return handler


def _send(event: Event, answer: dict[str, str]) -> None:
    identity = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    body = json.dumps(identity | answer).encode()
    # The address is signed for these very headers: no content type.
    request = urllib.request.Request(
        event["ResponseURL"], data=body, method="PUT", headers={"Content-Type": ""}
    )
    with urllib.request.urlopen(request, timeout=10):
        pass
