"""A file is scored in a process of its own: it can be stopped, and its memory comes back."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

from ml.contract.records import ScoreRecord
from ml.contract.requests.problems import Problem
from ml.serving.lead_scorer import ScoreFile
from ml.serving.refusals import as_problem
from ml.serving.unforeseen import where

_LOG = logging.getLogger(__name__)
#: Between two looks at whether to stop; also how often progress is told.
_SECONDS_BETWEEN_LOOKS = 0.2
#: How long a process may take to put its scratch folders away before it is killed.
_SECONDS_TO_STOP = 5.0
#: A process starts from one that has imported these, in milliseconds rather than seconds.
_PRELOADED = ["ml.bootstrap", "ml.steps.score", "ml.cli.app"]
_METHOD = multiprocessing.get_context("forkserver")


@dataclass(frozen=True, kw_only=True)
class Advance:
    """How far a file has come."""

    step: str
    rows_done: int = 0
    rows: int | None = None


class Stopped(Exception):
    """Raised when a file's scoring was stopped before its end."""


@dataclass(frozen=True, kw_only=True)
class FileToScore:
    """What a process is told.

    Parameters
    ----------
    source : Path
        The file.
    name : str
        Its name for people.
    output : Path
        Parquet to write.
    reasons : int
        Reasons for and against each row.
    """

    source: Path
    name: str
    output: Path
    reasons: int


def warm_up() -> None:
    """Begin to import what scoring needs, so that the first file need not wait for it."""
    _METHOD.set_forkserver_preload(_PRELOADED)
    from multiprocessing.forkserver import ensure_running

    ensure_running()


def score_apart(
    score_file: ScoreFile,
    file: FileToScore,
    *,
    tell: Callable[[Advance | None], None],
    stop: Callable[[], bool],
) -> ScoreRecord:
    """Score a file in a process of its own.

    Parameters
    ----------
    score_file : callable
        Does the work; it travels to the process, so it must be importable there.
    file : FileToScore
    tell : callable
        Gets the newest advance, None when there is none, several times a second.
    stop : callable
        Asked as often whether to stop.

    Raises
    ------
    Stopped
        If `stop` said so.
    Problem
        What kept the file from being scored.
    """
    ours, theirs = _METHOD.Pipe(duplex=False)
    process = _METHOD.Process(target=_work, args=(score_file, file, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        return _followed(ours, tell, stop)
    finally:
        _end(process)
        ours.close()


def _followed(
    said: Connection, tell: Callable[[Advance | None], None], stop: Callable[[], bool]
) -> ScoreRecord:
    newest: Advance | None = None
    look = monotonic() + _SECONDS_BETWEEN_LOOKS
    while True:
        if wait([said], max(0.0, look - monotonic())):
            message = _received(said)
            if isinstance(message, ScoreRecord):
                return message
            newest = message
        if monotonic() >= look:
            if stop():
                raise Stopped
            tell(newest)
            newest, look = None, monotonic() + _SECONDS_BETWEEN_LOOKS


def _received(said: Connection) -> Advance | ScoreRecord:
    try:
        message: Advance | ScoreRecord | Failure = said.recv()
    except EOFError:
        raise _ended_early() from None
    if isinstance(message, Failure):
        raise Problem(message.status, message.title, message.errors)
    return message


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A `Problem` on its way from one process to another."""

    status: int
    title: str
    errors: list[dict[str, Any]]


def _ended_early() -> Problem:
    return Problem(
        500, "the process that scored the file ended before it was done; send the file again"
    )


def _end(process: ForkServerProcess) -> None:
    process.join(_SECONDS_BETWEEN_LOOKS)
    if process.exitcode is None:
        process.terminate()
        process.join(_SECONDS_TO_STOP)
    if process.exitcode is None:
        process.kill()
        process.join()
    process.close()


def _work(score_file: ScoreFile, file: FileToScore, to: Connection) -> None:
    """What the process does, from its first line to its last."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the server, which tells us
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # scratch folders are put away
    Thread(target=die_with_the_server, daemon=True).start()
    try:
        record = score_file(file.source, file.name, file.output, file.reasons, _Sender(to))
        to.send(record)
    except Exception as error:  # whatever happens here, the server must hear of it
        problem = as_problem(error)
        if problem.status >= 500:
            _LOG.error("error_id %s: %s", problem.error_id, where(error))
        to.send(Failure(status=problem.status, title=problem.title, errors=problem.errors))


def die_with_the_server() -> None:
    """Wait until the process that this one works for is gone, and go too."""
    server = multiprocessing.parent_process()
    if server is not None:
        wait([server.sentinel])
        os._exit(1)


class _Sender:
    """Progress that goes to the server."""

    def __init__(self, to: Connection) -> None:
        self._to, self._step, self._done = to, "", 0
        self._rows: int | None = None

    def start(self, step: str, total: int | None = None) -> None:
        """A step begins."""
        self._step, self._rows, self._done = step, total, 0
        self._to.send(Advance(step=step, rows=total))

    def advance(self, units: int = 1, note: str = "") -> None:
        """Some units are done."""
        self._done += units
        self._to.send(Advance(step=self._step, rows_done=self._done, rows=self._rows))

    def done(self, note: str = "") -> None:
        """The step ended."""
