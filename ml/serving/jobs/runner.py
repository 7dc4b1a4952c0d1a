"""Takes jobs that wait, one after the other, and runs each to its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

from ml.contract.file_jobs import FileJob, JobState
from ml.contract.names import Step
from ml.contract.records import ScoreRecord
from ml.contract.requests.problems import Problem
from ml.ports import FileJobs
from ml.serving.jobs.job_files import JobFiles
from ml.serving.jobs.moments import now
from ml.serving.jobs.scoring_process import Advance, FileToScore, Stopped, score_apart, warm_up
from ml.serving.lead_scorer import ScoreFile
from ml.serving.refusals import as_problem
from ml.serving.result_store import ResultStore
from ml.serving.unforeseen import where

_LOG = logging.getLogger(__name__)
#: How long a job stays with a worker that is not heard of.
LEASE_SECONDS = 15.0
#: A file that ended two servers would end a third.
MOST_ATTEMPTS = 2
_SECONDS_BETWEEN_LOOKS, _SECONDS_BETWEEN_TIDYINGS = 1.0, 3_600.0


@dataclass(kw_only=True)
class JobRunner:
    """Runs the jobs of one worker process of the server.

    Parameters
    ----------
    jobs : FileJobs
        Shared with the other workers: whoever is free takes the next one.
    files : JobFiles
        Where uploads lie.
    results : ResultStore
        Where results go.
    score_file : callable
        Scores a file; runs in a process of its own.
    at_once : int
        Files that this worker scores at the same time.
    result_days : int
        How long results are kept.

    Notes
    -----
    A job whose worker dies is taken over when its lease runs out; one whose worker is told to
    stop goes back to the queue at once.
    """

    jobs: FileJobs
    files: JobFiles
    results: ResultStore
    score_file: ScoreFile
    at_once: int
    result_days: int
    worker: str = field(default_factory=lambda: f"{os.getpid()}-{secrets.token_hex(4)}")
    _stopping: Event = field(default_factory=Event)
    _woken: Event = field(default_factory=Event)
    _tidy_at: float = 0.0

    def wake(self) -> None:
        """There may be a job."""
        self._woken.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run jobs for as long as the block runs."""
        await asyncio.to_thread(warm_up)
        threads = [Thread(target=self._work, daemon=True) for _ in range(self.at_once)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            self._woken.set()
            for thread in threads:
                await asyncio.to_thread(thread.join)

    def _tidy(self) -> None:
        """Once an hour, forget what nobody needs any more."""
        if time.monotonic() >= self._tidy_at:
            self._tidy_at = time.monotonic() + _SECONDS_BETWEEN_TIDYINGS
            self.files.sweep(self.jobs)
            self.results.forget_older(self.result_days)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._tidy()
                job = self._claim()
                if job is not None:
                    self._run(job)
                    continue
            except Exception as error:  # the next job deserves its turn
                _LOG.error("a job could not be run: %s", where(error))
            self._woken.wait(_SECONDS_BETWEEN_LOOKS)
            self._woken.clear()

    def _claim(self) -> FileJob | None:
        seconds = time.time()
        return self.jobs.claim(self.worker, now=seconds, until=seconds + LEASE_SECONDS)

    def _run(self, job: FileJob) -> None:
        if job.attempts > MOST_ATTEMPTS:
            self._fail(job, _given_up())
            return
        self._change(job, started_at=now(), step=Step.INGEST)
        try:
            record = self._score(job)
        except Stopped:
            self._stopped(job)
        except Exception as error:
            self._fail(job, as_problem(error))
        else:
            self._finish(job, record)

    def _score(self, job: FileJob) -> ScoreRecord:
        lost = Event()

        def tell(advance: Advance | None) -> None:
            if self._change(job, lease_until=time.time() + LEASE_SECONDS, **_told(advance)) is None:
                lost.set()  # somebody cancelled it

        return score_apart(
            self.score_file,
            FileToScore(
                source=self.files.source(job),
                name=job.name,
                output=self.files.fresh_output(job),
                reasons=job.reasons,
            ),
            tell=tell,
            stop=lambda: lost.is_set() or self._stopping.is_set(),
        )

    def _stopped(self, job: FileJob) -> None:
        """The server ends, and another one goes on; or somebody cancelled the job."""
        again = {"state": JobState.QUEUED, "attempts": job.attempts - 1, "worker": ""}
        if self._change(job, **again) is None:
            self.files.remove(job.id)

    def _finish(self, job: FileJob, record: ScoreRecord) -> None:
        self.results.publish(job, record, self.files.output_folder(job))
        done = {
            "state": JobState.DONE,
            "version": record.version,
            "rows": record.rows.accepted,
            "rows_done": record.rows.accepted,
        }
        self.files.remove(job.id)
        if self._change(job, ended_at=now(), **done) is None:
            self.results.remove(job.id)

    def _fail(self, job: FileJob, problem: Problem) -> None:
        self.files.remove(job.id)
        self._change(job, state=JobState.FAILED, ended_at=now(), problem=problem.to_dict())

    def _change(self, job: FileJob, **values: Any) -> FileJob | None:
        return self.jobs.change(job.id, holder=self.worker, **values)


def _told(advance: Advance | None) -> dict[str, Any]:
    """What people are shown of an advance; only scoring counts rows of which all are known."""
    if advance is None:
        return {}
    scores = advance.step == Step.SCORE
    rows = {"rows_done": advance.rows_done, "rows": advance.rows} if scores else {}
    return {"step": str(advance.step), **rows}


def _given_up() -> Problem:
    return Problem(
        500,
        f"the server ended {MOST_ATTEMPTS} times while it scored this file; "
        "send the file in smaller parts, or score it with `leadwise score`",
    )
