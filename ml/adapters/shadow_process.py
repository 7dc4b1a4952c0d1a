"""A model that nobody trusts yet answers leads in a process of its own, for as long as it may."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from threading import Thread
from typing import Any

from ml.contract.shadowing import Answer, Answered
from ml.contract.use_case import UseCase
from ml.core.shadowing import read_answer
from ml.ports import Deployment

_METHOD = multiprocessing.get_context("spawn")
_SECONDS_TO_END = 5.0
#: Nanoseconds of a millisecond.
_MILLION = 1_000_000

#: Builds a scorer from a package, in the process; it must be importable there.
Load = Callable[[Deployment], Any]


class ShadowProcess:
    """Answers leads with a package in a process that is killed when its time is over.

    Parameters
    ----------
    use_case : UseCase
        What the answers are held to.
    load : callable
        Builds the scorer.
    """

    def __init__(self, use_case: UseCase, load: Load) -> None:
        self._use_case, self._load = use_case, load

    def answers(
        self, deployment: Deployment, leads: Sequence[Mapping[str, Any]], *, seconds: float
    ) -> list[Answer]:
        """One answer per lead, whatever the package does; loading it counts for the time."""
        ours, theirs = _METHOD.Pipe(duplex=False)
        process = _METHOD.Process(
            target=_work, args=(self._load, deployment, list(leads), theirs), daemon=True
        )
        process.start()
        theirs.close()
        try:
            return self._gathered(ours, len(leads), time.monotonic() + seconds)
        finally:
            process.kill()
            process.join(_SECONDS_TO_END)
            ours.close()

    def _gathered(self, said: Connection, leads: int, until: float) -> list[Answer]:
        answers: list[Answer] = []
        while len(answers) < leads:
            if not wait([said], max(0.0, until - time.monotonic())):
                late = Answer(state=Answered.LATE, says="its time was over")
                return [*answers, *[late] * (leads - len(answers))]
            try:
                answers.append(self._read(*said.recv()))
            except Exception:  # it ended, or what it sent cannot be read: no answer either way
                gone = Answer(state=Answered.FAILED, says="its process ended")
                return [*answers, *[gone] * (leads - len(answers))]
        return answers

    def _read(self, answer: object, error: str, cpu_ms: float) -> Answer:
        if error:
            return Answer(state=Answered.FAILED, says=error)
        return read_answer(answer, self._use_case, cpu_ms=cpu_ms)


def _work(
    load: Load, deployment: Deployment, leads: Sequence[Mapping[str, Any]], to: Connection
) -> None:
    """What the process does, from its first line to its last."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the loop, which kills this
    Thread(target=_end_with_the_loop, daemon=True).start()
    try:
        scorer = load(deployment)
    except Exception as error:  # then there is nothing to ask
        to.send((None, type(error).__name__, 0.0))
        return
    for cells in leads:
        began = time.process_time_ns()
        answer, failed = _answer(scorer, cells)
        to.send((answer, failed, (time.process_time_ns() - began) / _MILLION))


def _answer(scorer: Any, cells: Mapping[str, Any]) -> tuple[object, str]:
    """What it says, and the kind of the error; its text might quote the lead."""
    try:
        found = scorer.score_record(cells).to_dict()
    except Exception as error:  # whatever it is, a caller would not have got a score
        return None, type(error).__name__
    kept = ("prediction", "band", "faults")
    return {name: found[name] for name in kept if name in found}, ""


def _end_with_the_loop() -> None:
    loop = multiprocessing.parent_process()
    if loop is not None:
        wait([loop.sentinel])
        os._exit(1)
