"""`/v1/jobs`: files that are scored beside the requests."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from ml.contract.file_jobs import FileJob, JobState
from ml.contract.requests.problems import Problem
from ml.serving.file_names import attachment, scored_name
from ml.serving.jobs.desk import JobDesk
from ml.serving.jobs.events import events_of
from ml.serving.jobs.submissions import Submissions
from ml.serving.jobs.telling import told
from ml.serving.result_csv import CSV, csv_response
from ml.serving.scoring_api import json_response

PARQUET = "application/vnd.apache.parquet"


class JobsApi:
    """Answers programs.

    Parameters
    ----------
    desk : JobDesk
    submissions : Submissions
    """

    def __init__(self, desk: JobDesk, submissions: Submissions) -> None:
        self._desk, self._submissions = desk, submissions

    async def submit(self, request: Request) -> Response:
        """Answer `POST /v1/jobs`: 202 with a new job, 200 with one that does the same."""
        return await self._submissions.submit(request, self._taken)

    def _taken(self, job: FileJob, known: bool) -> Response:
        answer = self._answer(job)
        answer.status_code = 200 if known else 202
        answer.headers["location"] = f"/v1/jobs/{job.id}"
        return answer

    def list(self, request: Request) -> Response:
        """Answer `GET /v1/jobs`: the caller's newest jobs."""
        jobs = self._desk.mine(request)
        return json_response({"jobs": [told(job, self._desk.results.find(job.id)) for job in jobs]})

    def one(self, request: Request) -> Response:
        """Answer `GET /v1/jobs/{id}`."""
        return self._answer(self._desk.job(request))

    def cancel(self, request: Request) -> Response:
        """Answer `DELETE /v1/jobs/{id}`: stop a job."""
        return self._answer(self._desk.cancel(self._desk.job(request)))

    async def events(self, request: Request) -> Response:
        """Answer `GET /v1/jobs/{id}/events`."""
        job = await run_in_threadpool(self._desk.job, request)
        return events_of(job, self._desk, request.headers.get("last-event-id", ""))

    def result(self, request: Request) -> Response:
        """Answer `GET /v1/jobs/{id}/result`: Parquet, or CSV where `Accept` prefers it."""
        job = self._desk.job(request)
        if job.state is not JobState.DONE:
            raise Problem(409, f"the job is {job.state}; only a job that is done has a result")
        result = self._desk.result(request)
        if _prefers_csv(request):
            return csv_response(self._desk.results.path(result.id), result.name)
        name = scored_name(result.name, ".parquet")
        headers = {"content-disposition": attachment(name)}
        path = self._desk.results.path(result.id)
        return FileResponse(path, media_type=PARQUET, headers=headers)

    def _answer(self, job: FileJob) -> Response:
        return json_response(told(job, self._desk.results.find(job.id)))


def _prefers_csv(request: Request) -> bool:
    accepted = request.headers.get("accept", "*/*")
    named = [part.split(";", 1)[0].strip().lower() for part in accepted.split(",")]
    for kind in named:
        if kind in {CSV, "text/*"}:
            return True
        if kind in {PARQUET, "application/*", "*/*"}:
            return False
    raise Problem(406, f"the result comes as {PARQUET} or {CSV}; ask for one of them in Accept")


def add_routes(app: FastAPI, desk: JobDesk, submissions: Submissions) -> None:
    """Add `/v1/jobs`."""
    api = JobsApi(desk, submissions)
    app.add_route("/v1/jobs", api.submit, ["POST"])
    app.add_route("/v1/jobs", api.list, ["GET"])
    app.add_route("/v1/jobs/{id}", api.one, ["GET"])
    app.add_route("/v1/jobs/{id}", api.cancel, ["DELETE"])
    app.add_route("/v1/jobs/{id}/events", api.events, ["GET"])
    app.add_route("/v1/jobs/{id}/result", api.result, ["GET"])
