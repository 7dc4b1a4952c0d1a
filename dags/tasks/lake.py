"""Work of Glue: the crawler that lists the lake, and the job that cleans a file."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from dags.tasks.attempts import Attempt, State
from dags.tasks.clients import client
from dags.tasks.data import RawFile
from ml.contract.jobs import CleanRequest

_CRAWLS = {"COMPLETED": State.DONE, "RUNNING": State.RUNNING}
_RUNS = {
    "SUCCEEDED": State.DONE,
    **dict.fromkeys(("STARTING", "RUNNING", "STOPPING", "WAITING"), State.RUNNING),
}


class Crawl:
    """The lake's files as tables, listed after a file has come.

    Parameters
    ----------
    crawler : str
        Its name.
    file : RawFile
        A crawl that began before it came does not count.
    """

    def __init__(self, crawler: str, file: RawFile) -> None:
        self._crawler, self._since = crawler, datetime.fromisoformat(file.arrived)

    def attempts(self) -> list[Attempt]:
        """Crawls since the file came: whoever started them."""
        answer = client("glue").list_crawls(CrawlerName=self._crawler, MaxResults=100)
        return _in_order(
            (crawl["StartTime"], _attempt(crawl["CrawlId"], _CRAWLS.get(crawl["State"])))
            for crawl in answer["Crawls"]
            if crawl["StartTime"] >= self._since
        )

    def start(self, number: int) -> None:
        """Start the crawler; one that runs from before is waited for."""
        glue = client("glue")
        with suppress(glue.exceptions.CrawlerRunningException):
            glue.start_crawler(Name=self._crawler)


class Cleaning:
    """Clean rows of a file, in lake and warehouse.

    Parameters
    ----------
    job : str
        Its name.
    bucket : str
        In which the file lies.
    file : RawFile
        What is to be cleaned.
    """

    def __init__(self, job: str, bucket: str, file: RawFile) -> None:
        asked = CleanRequest(bucket=bucket, key=file.key, version_id=file.version)
        self._job, self._arguments = job, asked.to_arguments()

    def attempts(self) -> list[Attempt]:
        """Runs for this version of the file: whoever started them, also when it arrived."""
        pages = client("glue").get_paginator("get_job_runs").paginate(JobName=self._job)
        return _in_order(
            (run["StartedOn"], _attempt(run["Id"], _RUNS.get(run["JobRunState"])))
            for page in pages
            for run in page["JobRuns"]
            if self._arguments.items() <= run.get("Arguments", {}).items()
        )

    def start(self, number: int) -> None:
        """Start the job."""
        client("glue").start_job_run(JobName=self._job, Arguments=self._arguments)


def _attempt(name: str, state: State | None) -> Attempt:
    # Glue's machines and its queue fail now and then: another attempt is worth its price.
    return Attempt(name=name, state=state or State.FAILED, passing=True)


def _in_order(dated: Any) -> list[Attempt]:
    found: list[tuple[datetime, Attempt]] = sorted(
        dated, key=lambda each: (each[1].state is State.DONE, each[0])
    )
    return [attempt for _, attempt in found]
