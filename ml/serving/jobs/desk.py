"""What a caller may see of jobs: their own."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from ml.contract.file_jobs import FileJob, JobState
from ml.contract.requests.problems import Problem
from ml.ports import FileJobs
from ml.serving.access.callers import caller_of
from ml.serving.jobs.moments import now
from ml.serving.result_store import Result, ResultStore


@dataclass(frozen=True, kw_only=True)
class JobDesk:
    """Finds the jobs and results of whoever asks.

    Parameters
    ----------
    jobs : FileJobs
    results : ResultStore
    """

    jobs: FileJobs
    results: ResultStore

    def mine(self, request: Request) -> list[FileJob]:
        """The caller's jobs, newest first."""
        return self.jobs.of(caller_of(request).name)

    def job(self, request: Request) -> FileJob:
        """The caller's job that the address names.

        Raises
        ------
        Problem
            404 if there is none, or if it is another caller's.
        """
        job = self._named(request)
        if job is None:
            raise Problem(404, "there is no such job of yours; GET /v1/jobs lists them")
        return job

    def result(self, request: Request) -> Result:
        """The result that the address names.

        Raises
        ------
        Problem
            404 if there is none, or if it is another caller's.
        """
        job = self._named(request)
        result = self.results.find(job.id) if job else None
        if result is None:
            raise Problem(404, "there is no such result; score the file again to get a new one")
        return result

    def _named(self, request: Request) -> FileJob | None:
        job = self.jobs.get(request.path_params["id"])
        return job if job and job.owner == caller_of(request).name else None

    def cancel(self, job: FileJob) -> FileJob:
        """Stop a job.

        Raises
        ------
        Problem
            409 if it has ended already, other than by being cancelled.
        """
        cancelled = self.jobs.change(job.id, state=JobState.CANCELLED, ended_at=now())
        ended = cancelled or self.jobs.get(job.id) or job
        if ended.state is not JobState.CANCELLED:
            raise Problem(409, f"the job is {ended.state}; there is nothing left to cancel")
        return ended
