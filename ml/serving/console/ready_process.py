"""A process of its own for one call, which may be made ready before anybody asks for the call."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from threading import Lock, Thread
from time import monotonic
from typing import Any

from ml.contract.requests.problems import Problem
from ml.serving.jobs.scoring_process import die_with_the_server

_METHOD = multiprocessing.get_context("forkserver")
#: How long a process waits for its call; one that is nearly over is not given any.
_PATIENCE_SECONDS, _YOUNG_SECONDS = 300.0, 240.0


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    """A process that waits for its call, and the line to it."""

    process: ForkServerProcess
    line: Connection
    since: float

    @property
    def may_be_called(self) -> bool:
        return self.process.is_alive() and monotonic() - self.since < _YOUNG_SECONDS

    def end(self) -> None:
        self.line.close()
        self.process.terminate()
        self.process.join()


class ReadyProcess:
    """Makes calls in processes of their own, whose memory goes back with them.

    Parameters
    ----------
    get_ready : callable
        What takes long and changes nothing, such as imports. It travels, as every call does, so it
        must be importable there.
    """

    def __init__(self, get_ready: Callable[[], object]) -> None:
        self._get_ready = get_ready
        self._waiting: _Waiting | None = None
        self._lock = Lock()

    def start(self) -> None:
        """Let a process become ready, if none is; it ends by itself when nothing comes of it."""
        with self._lock:
            self._waiting = self._usable()

    def run(self, call: Callable[[], Any]) -> Any:
        """What a call returns.

        Raises
        ------
        Problem
            500 if the process ended before the call did; its standard error says why.
        """
        with self._lock:
            taken, self._waiting = self._usable(), None
        try:
            taken.line.send(call)
            return taken.line.recv()
        except (EOFError, OSError):
            raise _ended_early() from None
        finally:
            taken.end()

    def _usable(self) -> _Waiting:
        """The process that waits, or a new one in its place."""
        waiting = self._waiting
        if waiting is not None and waiting.may_be_called:
            return waiting
        if waiting is not None:
            waiting.end()
        ours, theirs = _METHOD.Pipe()
        process = _METHOD.Process(target=_work, args=(self._get_ready, theirs), daemon=True)
        process.start()
        theirs.close()
        return _Waiting(process=process, line=ours, since=monotonic())


def _work(get_ready: Callable[[], object], line: Connection) -> None:
    """What the process does, from its first line to its last."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the server, which ends us
    Thread(target=die_with_the_server, daemon=True).start()
    get_ready()
    if line.poll(_PATIENCE_SECONDS):
        line.send(line.recv()())


def _ended_early() -> Problem:
    return Problem(
        500,
        "the process that changes models ended before it was done; the ledger on the page Models "
        "says what was changed",
    )
