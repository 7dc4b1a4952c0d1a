"""Work that AWS does for a task: started once, whoever asks and however often.

What was started is read from AWS each time, never remembered here: a worker may be killed between
AWS's answer and its own next line, and the task then runs again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class State(Enum):
    """Where an attempt stands."""

    RUNNING, DONE, FAILED = range(3)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One start of some work.

    Parameters
    ----------
    name : str
        As AWS knows it.
    state : State
    passing : bool, default=False
        Whether another attempt may fare better without anybody doing something.
    """

    name: str
    state: State
    passing: bool = False


class Work(Protocol):
    """Something that AWS does."""

    def attempts(self) -> Sequence[Attempt]:
        """What was started of it, in order; one that is done counts as the last."""

    def start(self, number: int) -> None:
        """Start the attempt of that number, from 1; nothing happens if it was started already."""


class WorkFailed(Exception):
    """Raised when the last attempt that a task may make has failed.

    Parameters
    ----------
    attempt : Attempt
        Which.
    """

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(f"{attempt.name} failed; its own log says why")
        self.passing = attempt.passing


def advance(work: Work, tries: int) -> bool:
    """Start work unless it was started, and say whether it is done.

    Parameters
    ----------
    work : Work
        What is to be done.
    tries : int
        How often the task was tried, from 1: it makes up for no more failed attempts than it has
        tries. A try for another reason, such as a worker's death, starts nothing.

    Raises
    ------
    WorkFailed
        If the last attempt failed, and there were as many as tries.
    """
    attempts = work.attempts()
    last = attempts[-1] if attempts else None
    if last is None or (last.state is State.FAILED and len(attempts) < tries):
        work.start(len(attempts) + 1)
        return False
    if last.state is State.FAILED:
        raise WorkFailed(last)
    return last.state is State.DONE
