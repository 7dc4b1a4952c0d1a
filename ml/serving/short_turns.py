"""Threads of one process take turns in Python; requests should not wait long for theirs."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator

#: A tenth of Python's own, which is as long as ten leads take.
_SECONDS = 0.0005


@contextlib.asynccontextmanager
async def short_turns() -> AsyncIterator[None]:
    """Let no thread keep others from Python for longer than half a millisecond.

    Notes
    -----
    Receipts are written, and pages of scored files made, in threads beside the event loop; it has
    to wait for the end of their turn (`sys.setswitchinterval`) whenever a request comes in.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
