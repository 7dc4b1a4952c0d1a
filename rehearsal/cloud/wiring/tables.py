"""DynamoDB weighs a condition and writes in one act; moto's threads could come in between."""

from __future__ import annotations

import functools
import threading
from typing import Any

from moto.dynamodb.models import DynamoDBBackend

_WRITES = ("put_item", "update_item", "delete_item")
_lock = threading.RLock()


def install() -> None:
    """Let writes wait for one another."""
    for name in _WRITES:
        setattr(DynamoDBBackend, name, _one_at_a_time(getattr(DynamoDBBackend, name)))


def _one_at_a_time(write: Any) -> Any:
    @functools.wraps(write)
    def waiting(*given: Any, **named: Any) -> Any:
        with _lock:
            return write(*given, **named)

    return waiting
