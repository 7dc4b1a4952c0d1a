"""Jobs that score files, in SQLite: several processes of one machine share them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ml.adapters.sqlite_store import SqliteStore
from ml.contract.file_jobs import FileJob, JobState

_SCHEMA = """
CREATE TABLE IF NOT EXISTS file_jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    state TEXT NOT NULL,
    lease_until REAL NOT NULL,
    job TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS file_jobs_by_owner ON file_jobs (owner, number);
CREATE INDEX IF NOT EXISTS file_jobs_to_do ON file_jobs (number)
    WHERE state IN ('queued', 'running');
"""
_NEXT = """
SELECT job FROM file_jobs
WHERE state = 'queued' OR (state = 'running' AND lease_until < ?) ORDER BY number LIMIT 1
"""
_UPDATE = "UPDATE file_jobs SET state = ?, lease_until = ?, job = ? WHERE id = ?"
_MOST_LISTED = 200


class SqliteFileJobs:
    """Keeps jobs in one SQLite file.

    Parameters
    ----------
    file : Path
    """

    def __init__(self, file: Path) -> None:
        self._store = SqliteStore(file, _SCHEMA)

    def add(self, job: FileJob) -> None:
        """Keep a new job."""
        statement = (
            "INSERT INTO file_jobs (id, owner, state, lease_until, job) VALUES (?, ?, ?, ?, ?)"
        )
        with self._store.open() as connection:
            connection.execute(
                statement, (job.id, job.owner, job.state, job.lease_until, _text(job))
            )

    def get(self, job_id: str) -> FileJob | None:
        """A job by its id."""
        with self._store.open() as connection:
            return _found(connection, job_id)

    def of(self, owner: str) -> list[FileJob]:
        """The newest jobs of one caller, newest first."""
        query = "SELECT job FROM file_jobs WHERE owner = ? ORDER BY number DESC LIMIT ?"
        with self._store.open() as connection:
            return [_job(text) for (text,) in connection.execute(query, (owner, _MOST_LISTED))]

    def change(self, job_id: str, *, holder: str = "", **values: Any) -> FileJob | None:
        """Change an open job; None if it has ended, or if another worker than `holder` has it."""
        with self._store.open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            job = _found(connection, job_id)
            if job is None or not job.is_open or (holder and job.worker != holder):
                return None
            return _changed(connection, job, values)

    def claim(self, worker: str, *, now: float, until: float) -> FileJob | None:
        """Take the oldest job that waits, or whose worker was not heard of up to `now`."""
        with self._store.open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute(_NEXT, (now,)).fetchone()
            if row is None:
                return None
            job = _job(row[0])
            taken = {"state": JobState.RUNNING, "worker": worker, "lease_until": until}
            return _changed(connection, job, taken | {"attempts": job.attempts + 1})


def _found(connection: sqlite3.Connection, job_id: str) -> FileJob | None:
    row = connection.execute("SELECT job FROM file_jobs WHERE id = ?", (job_id,)).fetchone()
    return None if row is None else _job(row[0])


def _changed(connection: sqlite3.Connection, job: FileJob, values: dict[str, Any]) -> FileJob:
    job = replace(job, **values, revision=job.revision + 1)
    connection.execute(_UPDATE, (job.state, job.lease_until, _text(job), job.id))
    return job


def _text(job: FileJob) -> str:
    return json.dumps(asdict(job))


def _job(text: str) -> FileJob:
    values = json.loads(text)
    return FileJob(**values | {"state": JobState(values["state"])})
