"""Hands over alerts that wait, beside the requests and never in one."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Callable

_LOG = logging.getLogger(__name__)
_SECONDS_BETWEEN = 5.0
#: A channel that hangs holds up the end of a process no longer; its message goes out later.
_END_SECONDS = 2.0


class Telling:
    """A thread that looks into the outbox every few seconds.

    Parameters
    ----------
    deliver : callable
        Hands over what is due; several processes may call theirs at once.
    """

    def __init__(self, deliver: Callable[[], object]) -> None:
        self._deliver = deliver

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Hand over while the block runs."""
        stop = threading.Event()
        thread = threading.Thread(target=self._follow, args=(stop,), name="telling", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            await asyncio.to_thread(thread.join, _END_SECONDS)

    def _follow(self, stop: threading.Event) -> None:
        while not stop.wait(_SECONDS_BETWEEN):
            try:
                self._deliver()
            except Exception:  # the next look must come
                _LOG.exception("alerts were not handed over")
