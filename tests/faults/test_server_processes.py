"""F1 and the rest of what only whole processes show: workers drained, swapped, counted, killed."""

import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from ml.adapters.sqlite_file_jobs import SqliteFileJobs
from ml.contract.file_jobs import FileJob, JobState
from tests.support import processes, web
from tests.support.asking import LEAD, Asking

PROGRAM = "from tests.support.web_process import serve; serve()"


@contextlib.contextmanager
def server(home: Path) -> Iterator[tuple[processes.Server, str]]:
    port = processes.free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-c", PROGRAM, str(home), str(port)]
    ready = processes.answers(f"{url}/health/ready")
    with processes.serve(command, ready=ready, cwd=Path(__file__).parents[2]) as running:
        yield running, url


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    web.deploy(home, "1", seconds=500)
    return home


def test_workers_are_counted_together_swapped_without_a_failure_and_drained(home):
    with server(home) as (running, url):
        with Asking(url) as asking:
            _until(lambda: bool(asking.seen))
            web.deploy(home, "2", seconds=100)
            _until(lambda: _workers(url) == {"2": 2.0})
        assert len(set(asking.seen)) == 2, "each version has one score for one lead"
        assert {version for version, _ in asking.seen} == {"1", "2"}
        assert _sample(url, "leadwise_leads_scored_total") == len(asking.seen)
        _drain(running, url)


def _drain(running: processes.Server, url: str) -> None:
    """A request whose body is on its way when the server is told to stop is answered whole."""
    with _half_sent(url, "drained") as line:
        time.sleep(0.2)  # so that a worker has begun
        running.process.send_signal(signal.SIGTERM)
        time.sleep(1)  # so that it has taken the signal
        line.sendall(json.dumps(_named("drained")).encode()[10:])
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == "scored"
    assert running.process.wait(timeout=30) == 0


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to hold")


def _samples(url: str, name: str) -> list[tuple[str, float]]:
    text = httpx.get(f"{url}/metrics", trust_env=False).text
    lines = (line for line in text.splitlines() if line.startswith(name + "{"))
    return [(line, float(line.rsplit(" ", 1)[1])) for line in lines]


def _sample(url: str, name: str) -> float:
    return sum(value for _, value in _samples(url, name))


def _workers(url: str) -> dict[str, float]:
    return {
        line.partition('version="')[2].partition('"')[0]: value
        for line, value in _samples(url, "leadwise_model_workers")
        if value
    }


def _submit(url: str, start: int, rows: int, seconds: float) -> str:
    """A job whose rows take so long each."""
    leads = [web.lead_row(number, country=str(seconds)) for number in range(start, start + rows)]
    sent = {"content": web.csv_of(leads), "headers": {"content-type": "text/csv"}}
    return str(httpx.post(f"{url}/v1/jobs", **sent, trust_env=False).json()["id"])


def _job(home: Path, job: str) -> FileJob:
    found = SqliteFileJobs(home / "serving" / "jobs.db").get(job)
    assert found is not None
    return found


def _let_go(home: Path, job: str) -> None:
    """What fifteen seconds without a word do: nobody holds the job any more."""
    SqliteFileJobs(home / "serving" / "jobs.db").change(job, lease_until=0.0)


def _score(url: str, key: str) -> httpx.Response:
    """A lead that is named for the key it is sent under."""
    headers = {"Idempotency-Key": key}
    return httpx.post(f"{url}/v1/score", json=_named(key), headers=headers, trust_env=False)


def _named(key: str) -> dict[str, object]:
    return {**LEAD, "prospect_id": key.replace(" ", "-")}


def _half_sent(url: str, key: str) -> socket.socket:
    """The same request, half of which is on its way."""
    body = json.dumps(_named(key)).encode()
    head = (
        f"POST /v1/score HTTP/1.1\r\nHost: {url[7:]}\r\nContent-Type: application/json\r\n"
        f"Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    line = socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])), timeout=30)
    line.sendall(head.encode() + body[:10])
    return line


def _is_cut(line: socket.socket) -> bool:
    """Whether a request ended without a word."""
    with line:
        try:
            return line.recv(65536) == b""
        except ConnectionResetError:
            return True


def _repeats_leave_one_receipt(url: str, key: str) -> None:
    assert len({_score(url, key).content for _ in range(3)}) == 1
    lead = f"{url}/v1/leads/{_named(key)['prospect_id']}"
    told = _score(url, key).json()["receipt_id"]
    _until(lambda: httpx.get(lead, trust_env=False).status_code == 200)
    kept = httpx.get(lead, trust_env=False).json()["scores"]
    assert [receipt["receipt_id"] for receipt in kept] == [told]


def test_what_a_killed_server_began_is_done_once_by_the_next_and_a_file_that_kills_two_fails(home):
    with server(home) as (running, url):
        answered, half = _score(url, "answered").content, _half_sent(url, "cut off")
        whole, endless = _submit(url, 0, 6, 0.3), _submit(url, 10, 2, 600)
        _until(lambda: _job(home, whole).rows_done > 0 and _job(home, endless).attempts == 1)
        os.killpg(running.process.pid, signal.SIGKILL)
        assert _is_cut(half)
    assert {_job(home, job).state for job in (whole, endless)} == {JobState.RUNNING}
    for job in (whole, endless):
        _let_go(home, job)
    with server(home) as (_, url):
        assert _score(url, "answered").content == answered
        _repeats_leave_one_receipt(url, "cut off")
        _repeats_leave_one_receipt(url, "answered")
        _until(lambda: _job(home, whole).state is JobState.DONE)
        _until(lambda: _job(home, endless).attempts == 2)
        os.kill(int(_job(home, endless).worker.split("-")[0]), signal.SIGKILL)
        _let_go(home, endless)
        _until(lambda: not _job(home, endless).is_open)
        told = httpx.get(f"{url}/v1/jobs/{endless}", trust_env=False).json()
        counts = httpx.get(f"{url}/v1/jobs/{whole}", trust_env=False).json()["counts"]
    assert (counts["scored"], _job(home, whole).attempts) == (6, 2)
    assert told["state"] == "failed"
    assert "ended 2 times while it scored this file" in told["problem"]["title"]
    assert not list((home / "serving" / "uploads").glob("*"))
