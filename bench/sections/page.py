"""A file through the page: uploaded, scored as a job, and its result on the screen."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Event, Thread

import httpx
import psutil

from bench.context import USE_CASE, Context, say
from bench.results import Check, Findings, Table
from bench.serving import free_port, running

_MOST_SECONDS, _MOST_SECONDS_LARGE, _MOST_MEGABYTES = 3, 20, 700
_SECONDS_BETWEEN_LOOKS = 0.05


@dataclass(frozen=True, kw_only=True)
class Journey:
    """How long a person waits, in seconds, and the most memory of all processes, in MB."""

    upload: float
    job: float
    page: float
    megabytes: float

    @property
    def seconds(self) -> float:
        """From the choice of the file to the result."""
        return self.upload + self.job + self.page


def measure(context: Context) -> Findings:
    """9,240 and 100,000 rows, each several times, each time with other leads."""
    small, large = context.size(9_240, 500), context.size(100_000, 2_000)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    words = ("serve", USE_CASE, "--home", context.trained, "--port", str(port))
    with running(words, ready=lambda: _ready(url)) as process:
        found = {rows: _rounds(context, url, process, rows) for rows in (small, large)}
    few, many = (_median(found[rows]) for rows in (small, large))
    megabytes = max(one.megabytes for one in found[large])
    return Findings(
        data="Synthetic leads (seeds from 20) as CSV, one worker process on loopback; every "
        "round sends other leads. Medians; memory is the most of any round.",
        tables=(
            Table(
                title="From the choice of a file to its result",
                columns=("rows", "upload, s", "job, s", "result page, s", "in all, s", "MB"),
                rows=tuple(_row(rows, journeys) for rows, journeys in found.items()),
            ),
        ),
        checks=(
            Check(figure=f"{small:,} rows through the page", measured=round(few, 2), unit="s",
                  at_most=_MOST_SECONDS),
            Check(figure=f"{large:,} rows through the page", measured=round(many, 2), unit="s",
                  at_most=_MOST_SECONDS_LARGE),
            Check(figure=f"memory of all processes, {large:,} rows", measured=round(megabytes),
                  unit="MB", at_most=_MOST_MEGABYTES),
        ),
        notes=(
            "A form post, server-sent events until the job ends, and the page of the result, as a "
            "browser asks for them. Memory is the proportional set size of the server and all "
            "that it started: the worker, the process that jobs start from, and the job.",
            "The page works out reasons for the rows that it shows; the file carries none.",
        ),
    )  # fmt: skip


def _ready(url: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"{url}/health/ready", trust_env=False).is_success
    return False


def _rounds(context: Context, url: str, process: psutil.Process, rows: int) -> list[Journey]:
    found = []
    for seed in range(20, 20 + context.size(3, 1)):
        say(f"  {rows:,} rows through the page")
        found.append(_journey(url, process, context.csv(rows, seed=seed)))
    return found


def _journey(url: str, process: psutil.Process, file: Path) -> Journey:
    with httpx.Client(base_url=url, trust_env=False, timeout=120) as client, _Peak(process) as peak:
        begin = time.perf_counter()
        answer = client.post("/score", files={"file": (file.name, file.read_bytes())})
        sent = time.perf_counter()
        job = answer.headers["location"].rsplit("/", 1)[1]
        page = _followed(client, job)
        done = time.perf_counter()
        client.get(page).raise_for_status()
        shown = time.perf_counter()
    return Journey(
        upload=sent - begin, job=done - sent, page=shown - done, megabytes=peak.megabytes
    )


def _followed(client: httpx.Client, job: str) -> str:
    """Where the result is, once the job is done."""
    told = {}
    with client.stream("GET", f"/v1/jobs/{job}/events") as stream:
        for line in stream.iter_lines():
            if line.startswith("data: "):
                told = json.loads(line.removeprefix("data: "))
    if told["state"] != "done":
        raise RuntimeError(f"the job ended as {told['state']}: {told['problem']}")
    return str(told["links"]["page"])


class _Peak:
    """The most memory that a process and its descendants held while the block ran."""

    def __init__(self, process: psutil.Process) -> None:
        self._process, self._over = process, Event()
        self._thread = Thread(target=self._watch)
        self.megabytes = 0.0

    def __enter__(self) -> _Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_SECONDS_BETWEEN_LOOKS):
            held = 0
            for member in (self._process, *self._process.children(recursive=True)):
                with suppress(psutil.Error):
                    held += member.memory_full_info().pss
            self.megabytes = max(self.megabytes, held / 1e6)


def _median(journeys: list[Journey]) -> float:
    return median(one.seconds for one in journeys)


def _row(rows: int, journeys: list[Journey]) -> tuple[str | float | int, ...]:
    upload, job, page = (
        median(getattr(one, part) for one in journeys) for part in ("upload", "job", "page")
    )
    return rows, upload, job, page, _median(journeys), max(one.megabytes for one in journeys)
