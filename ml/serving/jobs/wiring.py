"""The jobs of one worker process, put together."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from ml.serving.jobs import description, job_pages, jobs_api
from ml.serving.jobs.desk import JobDesk
from ml.serving.jobs.file_work import FileWork
from ml.serving.jobs.job_files import JobFiles
from ml.serving.jobs.runner import JobRunner
from ml.serving.jobs.submissions import Submissions
from ml.serving.result_store import ResultStore
from ml.serving.served import Served


def add_routes(app: FastAPI, served: Served, work: FileWork, results: ResultStore) -> JobDesk:
    """Add `/v1/jobs`, the forms and the pages, and run jobs for as long as the process lives."""
    home = Path(served.settings.home) / "serving"
    desk = JobDesk(jobs=work.jobs, results=results)
    files = JobFiles(home / "uploads")
    runner = JobRunner(
        jobs=work.jobs,
        files=files,
        results=results,
        score_file=work.score_file,
        at_once=served.settings.jobs_at_once,
        result_days=served.settings.result_days,
    )
    submissions = Submissions(
        jobs=work.jobs,
        files=files,
        results=results,
        model=served.model,
        settings=served.settings,
        wake=runner.wake,
        sample=work.sample,
        once=served.keeping.once,
    )
    if served.settings.jobs_at_once:
        served.lifetimes.append(runner.running)
    jobs_api.add_routes(app, desk, submissions)
    description.describe(served)
    job_pages.add_routes(app, served.templates, desk, submissions)
    return desk
