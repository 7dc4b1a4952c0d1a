"""The web server under test: real HTTP, real files, and a scorer small enough to read."""

import csv
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from ml.adapters.local_endpoint import LocalEndpoint
from ml.adapters.local_lake import LocalLake
from ml.adapters.sqlite_answers import SqliteAnswers
from ml.adapters.sqlite_feedback import SqliteFeedback
from ml.adapters.sqlite_file_jobs import SqliteFileJobs
from ml.adapters.sqlite_receipts import SqliteReceipts
from ml.contract.errors import Gone
from ml.contract.incidents import Incident
from ml.contract.settings import ServeSettings
from ml.home_monitor import LakeMonitor, home_commands
from ml.ports import Deployment, Outbox
from ml.serving.access.guarding import Access
from ml.serving.app import create_app
from ml.serving.jobs.file_work import FileWork
from ml.serving.keeping import Stores
from ml.serving.live_model import Packages
from tests.support import processes
from tests.support.rule_scorer import HEADER, MODEL, MOMENT, USE_CASE, load, score_file
from tests.support.version_story import MemoryModels


def deploy(home: Path, version: str, *, seconds: float = 500, content: bytes | None = None) -> None:
    files = {
        "manifest.json": f'{{"version": "{version}"}}'.encode(),
        "scorer.json": content or json.dumps({"seconds_per_log_odds": seconds}).encode(),
    }
    LocalEndpoint(home / "serving").deploy(Deployment(model=MODEL, version=version, files=files))


def lead_row(number: int, **cells: str) -> dict[str, str]:
    """A lead by header; `cells` by column name."""
    usual = {column.name: "" for column in USE_CASE.schema.features(MOMENT)} | {
        "prospect_id": f"lead-{number:04d}",
        "lead_origin": "API",
        "lead_source": "Google",
        "do_not_email": "No",
        "total_visits": str(number % 7),
        "total_time_on_website": str((number * 137) % 1900),
        "page_views_per_visit": "1.5",
    }
    return {USE_CASE.schema[name].source: cell for name, cell in (usual | cells).items()}


def csv_of(rows: list[dict[str, str]]) -> bytes:
    from io import StringIO

    text = StringIO(newline="")
    writer = csv.DictWriter(text, HEADER)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def sample() -> bytes:
    return csv_of([lead_row(number) for number in range(40)])


def finished(client: httpx.Client, job_id: str, seconds: float = 60) -> dict[str, Any]:
    """A job once it has ended."""
    deadline = time.monotonic() + seconds
    while True:
        job: dict[str, Any] = client.get(f"/v1/jobs/{job_id}").json()
        if job["state"] not in {"queued", "running"}:
            return job
        assert time.monotonic() < deadline, job
        time.sleep(0.02)


def app(
    home: Path,
    *,
    access: Access | None = None,
    models: MemoryModels | None = None,
    alerts: Outbox | None = None,
    **settings: int,
) -> FastAPI:
    """What uvicorn serves in these tests."""
    given = ServeSettings(home=str(home), use_case=USE_CASE.name, moment=MOMENT.name, **settings)
    return create_app(
        use_case=USE_CASE,
        moment=MOMENT,
        packages=packages(home),
        files=FileWork(
            jobs=SqliteFileJobs(home / "serving" / "jobs.db"),
            score_file=partial(score_file, home),
            sample=sample,
        ),
        stores=stores(home),
        models=models or MemoryModels(()),
        monitor=monitor(home, alerts),
        settings=given,
        access=access,
    )


class MemoryOutbox:
    """Alerts that are kept nowhere else."""

    def __init__(self, incidents: Sequence[Incident]) -> None:
        self._incidents = incidents
        self.closed: list[tuple[int, str, str]] = []

    def incidents(self, most: int) -> list[Incident]:
        return list(self._incidents[:most])

    def close(self, number: int, *, who: str, why: str) -> None:
        self.closed.append((number, who, why))

    def deliver(self) -> object: ...


def monitor(home: Path, alerts: Outbox | None = None) -> LakeMonitor:
    """What that server shows of its lake."""
    return LakeMonitor(
        USE_CASE,
        MOMENT,
        LocalLake(home / "lake"),
        commands=home_commands(USE_CASE, MOMENT),
        alerts=alerts or MemoryOutbox(()),
    )


def packages(home: Path) -> Packages:
    """Where that server finds its models."""
    folder = home / "serving"
    return Packages(
        endpoint=LocalEndpoint(folder), load=load, last_good=LocalEndpoint(folder / "last_good")
    )


def stores(home: Path) -> Stores:
    """What that server remembers of its scores, for tests to look into."""
    folder = home / "serving"
    return Stores(
        receipts=SqliteReceipts(folder / "receipts.db"),
        feedback=SqliteFeedback(folder / "feedback.db"),
        answers=SqliteAnswers(folder / "answers.db"),
        package=partial(_package, folder),
    )


def _package(folder: Path, model: str, version: str) -> dict[str, bytes]:
    if not (folder / model / version).is_dir():
        raise Gone(f"the registry holds no version {version} of {model} any more")
    return {file.name: file.read_bytes() for file in (folder / model / version).iterdir()}


@contextmanager
def server(
    home: Path,
    *,
    access: Access | None = None,
    models: MemoryModels | None = None,
    alerts: Outbox | None = None,
    **settings: int,
) -> Iterator[str]:
    """Run the application of a home until the block ends; its address."""
    with serving(app(home, access=access, models=models, alerts=alerts, **settings)) as url:
        yield url


@contextmanager
def serving(application: FastAPI) -> Iterator[str]:
    """Run uvicorn in a thread until the block ends; its address."""
    port = processes.free_port()
    running = uvicorn.Server(uvicorn.Config(application, port=port, log_level="warning"))
    thread = Thread(target=running.run)
    thread.start()
    try:
        while not running.started:
            assert thread.is_alive(), "the server ended before it was ready"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.should_exit = True
        thread.join(timeout=30)
