"""Clients of AWS services: one of each per process, with timeouts and the standard retries."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.exceptions import ClientError

_CONNECT_SECONDS = 3


@cache
def client(service: str, *, read_seconds: int = 10, attempts: int = 3) -> Any:
    """The client of a service.

    Parameters
    ----------
    service : str
        As boto3 calls it; written out where it is used, so that permissions can be proven.
    read_seconds : int, default=10
        How long one attempt may wait for an answer.
    attempts : int, default=3
        Calls in all; botocore waits between them, longer each time.
    """
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
    return boto3.client(service, config=config)


def describe(error: Exception) -> str:
    """Kind of an error and what AWS says of it; the texts of other errors could quote data."""
    answer = error.response["Error"] if isinstance(error, ClientError) else {}
    parts = (type(error).__name__, answer.get("Code"), answer.get("Message"))
    return ": ".join(part for part in parts if part)
