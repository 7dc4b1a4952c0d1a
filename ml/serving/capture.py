"""Takes a receipt of every score without holding up the request that asked for it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Protocol

from ml.contract.receipts import Receipt
from ml.contract.requests.lead_requests import Lead
from ml.ports import Receipts
from ml.serving.live_model import LiveScorer
from ml.serving.receipt_maker import GivenScore, ReceiptMaker
from ml.serving.unforeseen import where

#: What becomes of receipts.
WRITTEN, DROPPED = "written", "dropped"

_LOG = logging.getLogger(__name__)
#: Between two looks of the writer; where there is much to write, few large batches cost less.
_WRITE_SECONDS, _BUSY_SECONDS = 0.05, 0.25
_MUCH = 50
_RETRY_SECONDS = 1.0
#: A batch is all that waits for another writer of the store.
_AT_ONCE = 500
#: A server has 30 s to stop, of which requests in flight may take 25.
_FLUSH_SECONDS = 4.0
_SETTLE_SECONDS = 2.0


class Record(Protocol):
    """Takes the receipt of a score."""

    def __call__(self, live: LiveScorer, lead: Lead, given: GivenScore) -> str | None:
        """The receipt's id; None where it could not be taken."""


def no_receipt(*_: object, **__: object) -> None:
    """Takes none: for a score that is only shown."""


class Capture:
    """A bounded buffer of receipts, and a thread that writes it to the store.

    Parameters
    ----------
    store : Receipts
        May be slow or away for a while; what was taken meanwhile waits.
    maker : ReceiptMaker
    most : int
        Receipts that may wait; further ones are dropped.
    told : callable
        Hears how many receipts were "written" or "dropped".

    Notes
    -----
    `record` is two operations that are atomic in CPython, so event loop and threads share a
    buffer without a lock.
    """

    def __init__(
        self, store: Receipts, maker: ReceiptMaker, *, most: int, told: Callable[[str, int], None]
    ) -> None:
        self._store, self._maker, self._most, self._told = store, maker, most, told
        self._buffer: deque[Receipt] = deque()
        self._batch: list[Receipt] = []
        self._stopping = threading.Event()
        self._away = False
        self._pause = _WRITE_SECONDS

    @property
    def waiting(self) -> int:
        """How many receipts wait to be written."""
        return len(self._buffer) + len(self._batch)

    def record(self, live: LiveScorer, lead: Lead, given: GivenScore) -> str | None:
        """Take a score; the id of its receipt, None where it is not made or the buffer is full."""
        try:
            made = self._maker.make(live, lead, given)
        except Exception as error:  # a score is worth more than its receipt
            self._told(DROPPED, 1)
            _LOG.error("a receipt could not be made: %s", where(error))
            return None
        return made.id if self._take(made) else None

    def offer(self, receipts: Iterable[Receipt]) -> None:
        """Take receipts that are made already; the store knows those that it has."""
        for receipt in receipts:
            self._take(receipt)

    def _take(self, receipt: Receipt) -> bool:
        if len(self._buffer) >= self._most:
            self._told(DROPPED, 1)
            return False
        self._buffer.append(receipt)
        return True

    def settle(self) -> None:
        """Wait until what was taken so far, here or by another worker, should be written."""
        deadline = time.monotonic() + _SETTLE_SECONDS
        time.sleep(2 * _WRITE_SECONDS)
        while self.waiting and not self._away and time.monotonic() < deadline:
            time.sleep(_WRITE_SECONDS)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write while the block runs; all that was taken is written before it ends."""
        thread = threading.Thread(target=self._work, name="receipts", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            await asyncio.to_thread(thread.join, _FLUSH_SECONDS + 1)

    def _work(self) -> None:
        _stand_back()
        while not self._stopping.wait(self._pause):
            much = self.waiting > _MUCH
            self._write()
            usual = _BUSY_SECONDS if much else _WRITE_SECONDS
            self._pause = _RETRY_SECONDS if self._away else usual
        deadline = time.monotonic() + _FLUSH_SECONDS
        while not self._write() and time.monotonic() < deadline:
            time.sleep(_WRITE_SECONDS)
        if self.waiting:
            self._told(DROPPED, self.waiting)
            _LOG.error("%d receipts are lost: their store was away to the end", self.waiting)

    def _write(self) -> bool:
        """Write until nothing waits; False where the store is away."""
        try:
            while self._fill():
                self._store.add(self._batch)
                self._told(WRITTEN, len(self._batch))
                self._batch = []
        except Exception as error:  # whatever the store's trouble is, scoring goes on
            self._note(error)
            return False
        self._away = False
        return True

    def _fill(self) -> bool:
        while self._buffer and len(self._batch) < _AT_ONCE:
            self._batch.append(self._buffer.popleft())
        return bool(self._batch)

    def _note(self, error: Exception) -> None:
        if not self._away:  # once, not every second
            _LOG.error("receipts wait, as their store is away: %s", error)
        self._away = True


def _stand_back() -> None:
    """Let no wake-up of this thread take a processor from one that answers (Linux: SCHED_BATCH)."""
    if hasattr(os, "SCHED_BATCH"):
        with contextlib.suppress(OSError):  # a container may forbid it
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


class Held:
    """Takes receipts and keeps them, until it is known that their answer counts.

    Parameters
    ----------
    maker : ReceiptMaker
    """

    def __init__(self, maker: ReceiptMaker) -> None:
        self._maker = maker
        self.receipts: list[Receipt] = []

    def record(self, live: LiveScorer, lead: Lead, given: GivenScore) -> str | None:
        """Take a score; the id of its receipt."""
        made = self._maker.make(live, lead, given)
        self.receipts.append(made)
        return made.id
