"""CloudFormation's side of a custom resource: what it asks, and the answer that it waits for."""

from __future__ import annotations

import http.client
import json
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ml.contract.errors import DependencyUnavailable, InvalidMessage

_LONGEST_REASON = 1_000
_PAUSES_SECONDS = (1, 3)
_TIMEOUT_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What CloudFormation asks when it creates or updates.

    Parameters
    ----------
    request_id : str
        Equal for every delivery of one request.
    statements : tuple of str
        SQL to run in order.
    usage_limits : tuple of mapping
        Each with ``UsageType``, ``Amount``, ``Period`` and ``BreachAction``.
    workgroup_arn : str
        What the limits are about.
    """

    request_id: str
    statements: tuple[str, ...]
    usage_limits: tuple[Mapping[str, str], ...]
    workgroup_arn: str

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Asked:
        """Read a request.

        Raises
        ------
        InvalidMessage
            Naming what it lacks.
        """
        try:
            wanted = event["ResourceProperties"]
            return cls(
                request_id=event["RequestId"],
                statements=tuple(wanted["Statements"]),
                usage_limits=tuple(wanted["UsageLimits"]),
                workgroup_arn=wanted["WorkgroupArn"],
            )
        except (KeyError, TypeError) as error:
            raise InvalidMessage(f"CloudFormation's request lacks {error}") from None


def answer(
    event: Mapping[str, Any],
    *,
    resource_id: str,
    failure: str = "",
) -> None:
    """Tell CloudFormation how it went; without an answer the stack waits until its timeout.

    Parameters
    ----------
    event : mapping
        Its request.
    resource_id : str
        Name of the resource; another name than before would make CloudFormation delete the old.
    failure : str, default=""
        What went wrong; empty for success.

    Raises
    ------
    DependencyUnavailable
        If it could not be told, three times.
    """
    body = {
        "Status": "FAILED" if failure else "SUCCESS",
        "Reason": failure[:_LONGEST_REASON] or "the warehouse is as defined",
        "PhysicalResourceId": event.get("PhysicalResourceId") or resource_id,
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    # The address is signed without a content type, so none may be sent.
    request = urllib.request.Request(
        event["ResponseURL"],
        data=json.dumps(body).encode(),
        headers={"Content-Type": ""},
        method="PUT",
    )
    for pause in (*_PAUSES_SECONDS, None):
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):
                return
        except (OSError, http.client.HTTPException) as error:
            problem = type(error).__name__
        if pause is not None:
            time.sleep(pause)
    raise DependencyUnavailable(f"CloudFormation could not be told ({problem}), three times")
