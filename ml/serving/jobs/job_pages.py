"""The pages of jobs: all that are the caller's, and one on its way."""

from __future__ import annotations

from functools import partial

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ml.contract.file_jobs import FileJob, JobState
from ml.serving.access.callers import caller_of
from ml.serving.jobs.desk import JobDesk
from ml.serving.jobs.submissions import Submissions
from ml.serving.templating import Templates

_HTMX = "hx-request"


class JobPages:
    """From the form to a result, for people.

    Parameters
    ----------
    templates : Templates
    desk : JobDesk
    submissions : Submissions
    """

    def __init__(self, templates: Templates, desk: JobDesk, submissions: Submissions) -> None:
        self._templates, self._desk, self._submissions = templates, desk, submissions

    async def submit(self, request: Request) -> Response:
        """Answer `POST /score`: take a file in and lead to its job."""
        return await self._submissions.submit(request, partial(_lead_to, request))

    async def submit_sample(self, request: Request) -> Response:
        """Answer `POST /score/sample`: take made-up leads in."""
        sample = self._submissions.submit_sample
        return _lead_to(request, *await run_in_threadpool(sample, caller_of(request)))

    def all(self, request: Request) -> Response:
        """Answer `GET /jobs`."""
        jobs = self._desk.mine(request)
        results = {job.id: self._desk.results.find(job.id) for job in jobs}
        waits = any(job.is_open for job in jobs)
        return self._templates.page("jobs.html", jobs=jobs, results=results, waits=waits)

    def one(self, request: Request) -> Response:
        """Answer `GET /jobs/{id}`: progress, what went wrong, or on to the result."""
        job = self._desk.job(request)
        if job.state is JobState.DONE:
            return RedirectResponse(f"/results/{job.id}", 303)
        return self._templates.page("job.html", job=job)

    def cancel(self, request: Request) -> Response:
        """Answer `POST /jobs/{id}/cancel`."""
        self._desk.cancel(self._desk.job(request))
        return RedirectResponse("/jobs", 303)


def _lead_to(request: Request, job: FileJob, known: bool) -> Response:
    done = job.state is JobState.DONE
    address = f"/results/{job.id}?known=1" if known and done else f"/jobs/{job.id}"
    if _HTMX in request.headers:
        return Response(status_code=204, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def add_routes(app: FastAPI, templates: Templates, desk: JobDesk, submissions: Submissions) -> None:
    """Add the forms that take files in, and the pages Jobs and Job."""
    pages = JobPages(templates, desk, submissions)
    app.add_route("/score", pages.submit, ["POST"])
    app.add_route("/score/sample", pages.submit_sample, ["POST"])
    app.add_route("/jobs", pages.all, ["GET"])
    app.add_route("/jobs/{id}", pages.one, ["GET"])
    app.add_route("/jobs/{id}/cancel", pages.cancel, ["POST"])
