"""Forgets in time what is kept for a while only."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from ml.contract.errors import LeadwiseError

_LOG = logging.getLogger(__name__)
_SECONDS_BETWEEN = 3_600


class Erasing(Protocol):
    """A store that forgets what is older than a time."""

    def forget(self, leads: Sequence[str] = (), *, before: datetime | None = None) -> int:
        """Forget it; how many there were."""


class Kept(NamedTuple):
    """A store, and how long what it holds is kept."""

    store: Erasing
    age: timedelta


class Retention:
    """Looks once an hour, and when a worker process begins.

    Parameters
    ----------
    kept : sequence of Kept
    """

    def __init__(self, kept: Sequence[Kept]) -> None:
        self._kept = kept

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Forget while the block runs."""
        task = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _follow(self) -> None:
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(_SECONDS_BETWEEN)

    def look(self) -> None:
        """Forget what is too old now."""
        now = datetime.now(UTC)
        for store, age in self._kept:
            try:
                store.forget(before=now - age)
            except LeadwiseError as error:  # it is asked again in an hour
                _LOG.error("what is too old was not forgotten: %s", error)
