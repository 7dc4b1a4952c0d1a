"""/v1/jobs: files that are scored beside the requests, watched, cancelled and kept apart."""

import contextlib
import errno
import io
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pyarrow.parquet as pq
import pytest

from ml.adapters.sqlite_file_jobs import SqliteFileJobs
from ml.cli.serving import listen
from ml.contract.access import AccessMode
from ml.contract.access_settings import AccessSettings
from ml.contract.file_jobs import FileJob, JobState
from ml.contract.settings import ServeSettings
from ml.serving.jobs.job_files import JobFiles
from ml.serving.result_store import ResultStore
from tests.support import web

CSV = {"content-type": "text/csv"}
PARQUET = "application/vnd.apache.parquet"


def leads(start: int, rows: int = 5, **cells: str) -> bytes:
    return web.csv_of([web.lead_row(number, **cells) for number in range(start, start + rows)])


def submit(client: httpx.Client, content: bytes, query: str = "") -> str:
    answer = client.post(f"/v1/jobs{query}", content=content, headers=CSV)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/jobs/{answer.json()['id']}"
    return str(answer.json()["id"])


def until(client: httpx.Client, job: str, state: str) -> None:
    with client.stream("GET", f"/v1/jobs/{job}/events") as stream:
        for event in events(stream):
            if event["data"]["state"] == state:
                return
    raise AssertionError(f"the job never was {state}")


def events(stream: httpx.Response) -> Iterator[dict]:
    event: dict = {}
    for line in stream.iter_lines():
        name, _, value = line.partition(": ")
        if not line and "data" in event:
            yield event
            event = {}
        elif name:
            event[name] = json.loads(value) if name == "data" else value


def test_a_file_is_taken_in_scored_and_given_back(client):
    job = submit(client, leads(5000, total_visits="-1") + leads(5005)[len(leads(0, 0)) :])
    told = web.finished(client, job)
    assert (told["state"], told["rows_done"], told["rows"]) == ("done", 5, 5)
    counts = told["counts"]
    assert (counts["received"], counts["scored"], counts["needs_attention"]) == (10, 5, 5)
    parquet = client.get(told["links"]["result"])
    assert parquet.headers["content-type"] == PARQUET
    assert pq.read_table(io.BytesIO(parquet.content)).num_rows == 10
    csv = client.get(told["links"]["result"], headers={"Accept": "text/csv"})
    assert csv.text.startswith('"line_number"')
    assert csv.text.count("\n") == 11
    assert client.get(told["links"]["result"], headers={"Accept": "image/png"}).status_code == 406
    assert told["id"] in [one["id"] for one in client.get("/v1/jobs").json()["jobs"]]


def test_a_form_and_a_name_in_the_address_are_taken_as_well(client):
    form = client.post("/v1/jobs", files={"file": ("a.csv", leads(5100))})
    assert form.json()["file"] == "a.csv"
    named = client.post("/v1/jobs?name=../../b.csv", content=leads(5200), headers=CSV)
    assert named.json()["file"] == "b.csv"


def test_the_same_file_is_the_same_job(client):
    first = submit(client, leads(5300))
    web.finished(client, first)
    again = client.post("/v1/jobs", content=leads(5300), headers=CSV)
    assert (again.status_code, again.json()["id"]) == (200, first)


def test_reasons_come_on_request(client):
    job = submit(client, leads(5400), "?reasons=2")
    web.finished(client, job)
    table = pq.read_table(io.BytesIO(client.get(f"/v1/jobs/{job}/result").content))
    assert any(table["reasons_for"].to_pylist())


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"x", "image/png", 415),
        (b"x" * 1_000_001, "text/csv", 413),
        (b"\n" * 2_002, "text/csv", 413),
    ],
)
def test_what_is_no_file_to_score_is_refused_at_once(client, home, content, kind, status):
    answer = client.post("/v1/jobs", content=content, headers={"content-type": kind})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert not _unowned(client, home)


def test_a_stream_without_end_is_refused_at_the_limit(client, home):
    sent = 0

    def gigabyte() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(16_000):
            sent += 64_000
            yield b"x" * 64_000

    before = psutil.Process().memory_info().rss
    with contextlib.suppress(httpx.TransportError):  # the server hangs up
        assert client.post("/v1/jobs", content=gigabyte(), headers=CSV).status_code == 413
    assert sent < 100_000_000
    assert psutil.Process().memory_info().rss - before < 50_000_000
    assert not _unowned(client, home)


def _unowned(client: httpx.Client, home: Path) -> set[str]:
    """Folders of uploads that belong to no job."""
    folders = {path.name for path in (home / "serving" / "uploads").glob("*")}
    return folders - {job["id"] for job in client.get("/v1/jobs").json()["jobs"]}


def test_a_full_disk_keeps_nothing_and_stops_nobody(client, home, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfileobj", full)
        answer = client.post("/v1/jobs", files={"file": ("a.csv", leads(5500))})
    assert answer.status_code == 507
    assert "disk is full" in answer.json()["title"]
    assert not _unowned(client, home)
    assert web.finished(client, submit(client, leads(5500)))["state"] == "done"


def test_progress_is_told_and_resumed(client):
    job = submit(client, leads(5600, country="0.2"))
    with client.stream("GET", f"/v1/jobs/{job}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        told = list(events(stream))
    assert [one["event"] for one in told] == ["progress"] * (len(told) - 1) + ["end"]
    assert [int(one["id"]) for one in told] == sorted({int(one["id"]) for one in told})
    rows = [one["data"]["rows_done"] for one in told]
    assert rows == sorted(rows)
    assert any(0 < number < 5 for number in rows)
    last = {"Last-Event-ID": told[-1]["id"]}
    assert client.get(f"/v1/jobs/{job}/events", headers=last).status_code == 204
    first = {"Last-Event-ID": told[0]["id"]}
    with client.stream("GET", f"/v1/jobs/{job}/events", headers=first) as stream:
        assert [one["event"] for one in events(stream)] == ["end"]


def test_cancelling_stops_the_work(client, home):
    job = submit(client, leads(5700, country="60"))
    until(client, job, "running")
    assert client.delete(f"/v1/jobs/{job}").json()["state"] == "cancelled"
    assert client.delete(f"/v1/jobs/{job}").status_code == 200
    after = submit(client, leads(5710))
    assert web.finished(client, after)["state"] == "done", "the worker is free again"
    assert client.get(f"/v1/jobs/{job}/result").status_code == 409
    assert client.delete(f"/v1/jobs/{after}").status_code == 409
    assert not (home / "serving" / "uploads" / job).exists()


def test_a_process_that_dies_fails_its_job_and_no_other(client):
    job = submit(client, leads(5800, country="Nowhere"))
    told = web.finished(client, job)
    assert told["state"] == "failed"
    assert "ended before it was done" in told["problem"]["title"]
    assert web.finished(client, submit(client, leads(5810)))["state"] == "done"


def test_jobs_of_others_do_not_exist(client, home):
    theirs = FileJob(
        id=f"{'f' * 12}7{'f' * 19}", owner="somebody else", name="a.csv", file="leads.csv",
        sha256="", submitted_at="2026-01-01T00:00:00+00:00", state=JobState.DONE,
    )  # fmt: skip
    SqliteFileJobs(home / "serving" / "jobs.db").add(theirs)
    shutil.copytree(_any_result(client, home, 5900), home / "serving" / "results" / theirs.id)
    addresses = (f"/v1/jobs/{theirs.id}", f"/jobs/{theirs.id}", f"/results/{theirs.id}")
    for address in (*addresses, f"{addresses[0]}/events", f"{addresses[0]}/result"):
        assert client.get(address).status_code == 404, address
    assert client.get(f"{addresses[2]}/leads.csv").status_code == 404
    assert client.delete(addresses[0]).status_code == 404
    assert client.post(f"{addresses[1]}/cancel").status_code == 404
    assert theirs.id not in client.get("/v1/jobs").text + client.get("/jobs").text


def _any_result(client: httpx.Client, home: Path, start: int) -> Path:
    job = submit(client, leads(start))
    assert web.finished(client, job)["state"] == "done"
    return home / "serving" / "results" / job


def test_a_server_that_stops_leaves_its_job_to_the_next(tmp_path):
    web.deploy(tmp_path, "1")
    with web.server(tmp_path) as url, httpx.Client(base_url=url, trust_env=False) as client:
        job = submit(client, leads(6000, rows=20, country="0.2"))
        until(client, job, "running")
    left = SqliteFileJobs(tmp_path / "serving" / "jobs.db").get(job)
    assert left is not None
    assert (left.state, left.attempts) == (JobState.QUEUED, 0)
    with web.server(tmp_path) as url, httpx.Client(base_url=url, trust_env=False) as client:
        told = web.finished(client, job)
    assert (told["state"], told["counts"]["scored"]) == ("done", 20)


def test_results_and_broken_uploads_are_forgotten_in_time(client, home, tmp_path):
    month, hour = 31 * 86_400, 3_601
    old = _any_result(client, home, 5950)
    store = ResultStore(tmp_path / "results", web.USE_CASE)
    kept = shutil.copytree(old, tmp_path / "results" / ("a" * 32))
    gone = shutil.copytree(old, tmp_path / "results" / ("b" * 32))
    os.utime(gone, (time.time() - month,) * 2)
    store.forget_older(30)
    assert (kept.exists(), gone.exists()) == (True, False)
    broken, arriving = (tmp_path / "uploads" / (letter * 32) for letter in "cd")
    for folder in (broken, arriving):
        folder.mkdir(parents=True)
    os.utime(broken, (time.time() - hour,) * 2)
    JobFiles(tmp_path / "uploads").sweep(SqliteFileJobs(tmp_path / "jobs.db"))
    assert (broken.exists(), arriving.exists()) == (False, True)


def test_the_container_of_sagemaker_runs_no_jobs(tmp_path, monkeypatch):
    started: list[ServeSettings] = []
    monkeypatch.setattr(
        "ml.serving.server.serve", lambda _, settings, *__, **___: started.append(settings)
    )
    for mode in (AccessMode.MACHINE, AccessMode.SAGEMAKER):
        listen(
            web.USE_CASE, web.MOMENT, str(tmp_path), host="127.0.0.1", port=1, workers=1,
            doors=AccessSettings(mode=mode),
        )  # fmt: skip
    assert [settings.jobs_at_once for settings in started] == [1, 0]


def test_a_server_that_runs_no_jobs_leaves_them_to_others(tmp_path):
    web.deploy(tmp_path, "1")
    address = {"trust_env": False, "headers": CSV}
    with web.server(tmp_path, jobs_at_once=0) as url:
        job = httpx.post(f"{url}/v1/jobs", content=leads(6100), **address).json()["id"]
        time.sleep(1.5)  # a runner would have looked by now
        left = SqliteFileJobs(tmp_path / "serving" / "jobs.db").get(job)
    assert left is not None
    assert (left.state, left.attempts) == (JobState.QUEUED, 0)
