"""Jobs that score a file: submitted by somebody, run by a server, watched until they end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


#: A job in one of these may still change.
OPEN = frozenset({JobState.QUEUED, JobState.RUNNING})


@dataclass(frozen=True, kw_only=True)
class FileJob:
    """A file to score, and how far that has come.

    Parameters
    ----------
    id : str
        32 hexadecimal digits that nobody can guess and that begin with the time, as those of a
        receipt; its result has the same.
    owner : str
        Name of the caller who sent the file; nobody else sees the job.
    name : str
        Name of the file, fit to show.
    file : str
        What the server calls it; its ending says how it is read.
    sha256 : str
        Digest of the file.
    reasons : int, default=0
        Reasons for and against that each row of the result carries.
    state : JobState, default=JobState.QUEUED
    submitted_at, started_at, ended_at : str
        Times in ISO 8601, UTC; empty until then.
    step : str, default=''
        Step that runs.
    rows_done : int, default=0
        Rows scored so far.
    rows : int or None, default=None
        Rows to score, once that is known.
    version : str, default=''
        Model version that scored the file.
    problem : mapping or None, default=None
        Why the job failed, as problem+json.
    attempts : int, default=0
        How often a server began with it.
    worker : str, default=''
        Which server process runs it.
    lease_until : float, default=0
        Seconds since 1970 at which another may take it over.
    revision : int, default=0
        Grows by one with every change.
    """

    id: str
    owner: str
    name: str
    file: str
    sha256: str
    reasons: int = 0
    state: JobState = JobState.QUEUED
    submitted_at: str
    started_at: str = ""
    ended_at: str = ""
    step: str = ""
    rows_done: int = 0
    rows: int | None = None
    version: str = ""
    problem: Mapping[str, Any] | None = None
    attempts: int = 0
    worker: str = ""
    lease_until: float = 0.0
    revision: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it may still change."""
        return self.state in OPEN

    @property
    def share(self) -> float | None:
        """Share of the rows that are scored, 0 to 1; None while their number is not known."""
        return self.rows_done / self.rows if self.rows else None
