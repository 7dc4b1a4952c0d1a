"""Glue and SageMaker as far as a DAG asks them: what is asked must be what they take.

Work that is started is really done, by a function of the test; moto says of every job that it has
ended well before it began, and takes a name twice.
"""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

import botocore.session
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

Json = dict[str, Any]
#: Does the work of a processing job, given its request; raises if the job is to fail.
Worker = Callable[[Json], None]
_SERVICES = {"AWSGlue": "glue", "SageMaker": "sagemaker"}
#: How long a look at a job may take; the DAG's clients wait for 20 seconds.
_LOOK_SECONDS = 10


class Refused(Exception):
    """Raised with the code and the message of a refusal."""


class WorkServer(ThreadingHTTPServer):
    """Answers for one crawler, one job that cleans and one pipeline.

    Parameters
    ----------
    definition : mapping
        Of the pipeline.
    worker : callable
        Does the work of its jobs.

    Attributes
    ----------
    url : str
    started : list of str
        What was started, in order: operations, and the names of jobs.
    fails : dict of str to list of str
        Why the next attempts fail, by operation or by job: ``{"train": ["CapacityError: none"]}``.
    runs : list of dict
        Of the job that cleans.
    kills : set of str
        Operations, or jobs, whose starter is killed once: AWS has done it, and nobody hears.
    """

    daemon_threads = True

    def __init__(self, definition: Mapping[str, Any], worker: Worker) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.started: list[str] = []
        self.fails: dict[str, list[str]] = {}
        self.kills: set[str] = set()
        self._definition, self.worker, self._lock = definition, worker, Lock()
        self._jobs: dict[str, Json] = {}
        self._looked: set[str] = set()
        self._ended: dict[str, Event] = {}
        self._crawls: list[Json] = []
        self.runs: list[Json] = []

    def answer(self, operation: str, asked: Json) -> Json:
        """What one call is told."""
        return getattr(self, f"_{operation}")(asked)

    def _ListCrawls(self, asked: Json) -> Json:  # noqa: N802 - AWS's own names
        return {"Crawls": [_looked_at(crawl, "State", "COMPLETED") for crawl in self._crawls]}

    def _StartCrawler(self, asked: Json) -> Json:  # noqa: N802
        if any(crawl["State"] == "RUNNING" for crawl in self._crawls):
            raise Refused("CrawlerRunningException", "it runs")
        self._start("StartCrawler")
        crawl = {"CrawlId": str(len(self._crawls)), "State": "RUNNING", "StartTime": _now()}
        self._crawls.append(crawl)
        return {}

    def _GetJobRuns(self, asked: Json) -> Json:  # noqa: N802
        runs = [run for run in self.runs if run["JobName"] == asked["JobName"]]
        return {"JobRuns": [_looked_at(run, "JobRunState", "SUCCEEDED") for run in runs[::-1]]}

    def _StartJobRun(self, asked: Json) -> Json:  # noqa: N802
        self._start("StartJobRun")
        why = self._next_failure("StartJobRun")
        state = "FAILED" if why else "RUNNING"
        run = {**asked, "Id": f"jr_{len(self.runs)}", "JobRunState": state, "StartedOn": _now()}
        self.runs.append(run)
        return {"JobRunId": run["Id"]}

    def _DescribePipeline(self, asked: Json) -> Json:  # noqa: N802
        return {"PipelineDefinition": json.dumps(self._definition)}

    def _CreateProcessingJob(self, asked: Json) -> Json:  # noqa: N802
        name = asked["ProcessingJobName"]
        with self._lock:
            if name in self._jobs:
                raise Refused("ResourceInUse", f"{name} is taken")
            self._jobs[name] = {"ProcessingJobName": name, "ProcessingJobStatus": "InProgress"}
            self._ended[name] = Event()
        self._start(name)
        Thread(target=self._work, args=(name, asked), daemon=True).start()
        return {"ProcessingJobArn": f"arn:aws:sagemaker:us-east-1:123456789012:job/{name}"}

    def _work(self, name: str, asked: Json) -> None:
        ended: Json = {"ProcessingJobStatus": "Completed"}
        try:
            if why := self._next_failure(*name.split("-")):
                raise RuntimeError(why)
            self.worker(asked)
        except Exception as error:  # whatever it is, SageMaker says that the job failed
            ended = {"ProcessingJobStatus": "Failed", "FailureReason": str(error)}
        self._jobs[name] |= ended
        self._ended[name].set()

    def _DescribeProcessingJob(self, asked: Json) -> Json:  # noqa: N802
        name = asked["ProcessingJobName"]
        if name not in self._jobs:
            raise Refused("ValidationException", f"Could not find requested job: {name}")
        self._look(name)
        return dict(self._jobs[name])

    def _look(self, name: str) -> None:
        """The first look finds a job as it is; later ones wait, so that nobody sleeps between."""
        if name in self._looked:
            self._ended[name].wait(_LOOK_SECONDS)
        self._looked.add(name)

    def _start(self, what: str) -> None:
        self.started.append(what)

    def _next_failure(self, *names: str) -> str:
        for name in names:
            if self.fails.get(name):
                return self.fails[name].pop(0)
        return ""

    def is_fatal(self, operation: str, asked: Json) -> bool:
        """Whether the caller dies before it hears the answer."""
        started = operation == "CreateProcessingJob"
        words = {operation, *(asked["ProcessingJobName"].split("-") if started else ())}
        fatal = self.kills & words
        self.kills -= fatal
        return bool(fatal)


def _looked_at(work: Json, field: str, end: str) -> Json:
    """Each look finds it one step further on."""
    shown = dict(work)
    if work[field] == "RUNNING":
        work[field] = end
    return shown


def _now() -> float:
    return datetime.now(UTC).timestamp()


class _Handler(BaseHTTPRequestHandler):
    server: WorkServer

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        service, _, operation = self.headers["X-Amz-Target"].partition(".")
        try:
            _hold(_SERVICES[service], operation, asked)
            told, status = self.server.answer(operation, asked), 200
        except Refused as refused:
            code, message = refused.args
            told, status = {"__type": code, "message": message}, 400
        if self.server.is_fatal(operation, asked):
            os.kill(_caller(self.headers["User-Agent"]), signal.SIGKILL)
            return
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _hold(service: str, operation: str, asked: Json) -> None:
    """AWS's own description of what it takes."""
    shape = _model(service).operation_model(operation).input_shape
    report = ParamValidator().validate(asked, shape)
    if report.has_errors():
        raise Refused("ValidationException", report.generate_report())


@cache
def _model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


def _caller(user_agent: str) -> int:
    """As `dag_runs` lets botocore say."""
    found = re.search(r"app/pid-(\d+)", user_agent)
    assert found, user_agent
    return int(found[1])


@contextmanager
def work_server(definition: Mapping[str, Any], worker: Worker) -> Iterator[WorkServer]:
    """Run it; yields it."""
    server = WorkServer(definition, worker)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
