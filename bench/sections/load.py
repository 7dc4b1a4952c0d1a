"""The server under a timetable: steady, with reasons, through a swap, and asked for too much."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from bench.context import USE_CASE, Context, home, say
from bench.leads import raw_records
from bench.processes import environment, measured
from bench.results import Check, Findings, Table
from bench.sections.server import Server
from bench.serving import running
from ml.use_cases import find

_WORKERS, _CONNECTIONS = 2, 8
_STEADY, _REASONS, _TOO_MUCH = 300, 100, 3
_SWAPS = 5
Figures = Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A running server and what is sent to it."""

    server: Server
    process: psutil.Process
    bodies: Path

    def timetable(self, phases: str, query: str = "") -> list[Figures]:
        """The figures of each phase."""
        command = [
            sys.executable, "-m", "bench.open_load", str(self.server.port),
            self.server.path + query, str(self.bodies), phases,
        ]  # fmt: skip
        done = subprocess.run(command, check=True, capture_output=True, env=environment(None))
        return [json.loads(line) for line in done.stdout.splitlines()]

    def capacity(self, seconds: float) -> float:
        """Requests a second of eight connections that are never idle."""
        command = (
            sys.executable, "-m", "bench.load_client", str(self.server.port), self.server.path,
            self.bodies, str(_CONNECTIONS), str(seconds),
        )  # fmt: skip
        figures: Figures = measured(command).answer
        return figures["requests"] / figures["seconds"]


@contextmanager
def target(context: Context) -> Iterator[Target]:
    """`leadwise serve` with two workers over the trained home."""
    bodies = raw_records(context, 200)
    server = Server(
        path="/v1/score", bodies=bodies, program=(sys.executable, "-m", "ml.cli"),
        words=("serve", USE_CASE, "--home", context.trained, "--workers", str(_WORKERS)),
    )  # fmt: skip
    file = context.scratch / "timetable-bodies"
    file.write_text("\n".join(json.dumps(body) for body in bodies))
    words = [*server.words, "--port", str(server.port)]
    with running(words, ready=server.answers, program=server.program) as process:
        yield Target(server=server, process=process, bodies=file)


def measure(context: Context) -> Findings:
    """Each timetable after the other on one server."""
    with target(context) as asked:
        seconds = context.size(300, 5)
        say("  steady")
        asked.timetable(f"{_STEADY}x2")  # warms up
        (steady,) = asked.timetable(f"{_STEADY}x{seconds}")
        say("  with reasons")
        (explained,) = asked.timetable(f"{_REASONS}x{context.size(60, 5)}", "?reasons=3")
        say("  through swaps")
        (swapped,) = _through_swaps(context, asked, context.size(30, 6))
        say("  asked for too much")
        capacity = asked.capacity(context.size(5, 1))
        burst = f"{_TOO_MUCH * capacity:.0f}x{context.size(10, 2)}"
        stormed, after = asked.timetable(f"{burst},{_STEADY}x{context.size(20, 5)}")
    rows = {
        f"steady, {_STEADY}/s for {seconds:.0f} s": steady,
        f"with reasons, {_REASONS}/s": explained,
        f"{_SWAPS} swaps of the model, {_STEADY}/s": swapped,
        f"{_TOO_MUCH} x capacity": stormed,
        f"after it, {_STEADY}/s": after,
    }
    return Findings(
        data=f"200 synthetic leads (seed 11), one per request, {_WORKERS} workers on loopback; "
        f"capacity is what {_CONNECTIONS} busy connections got: {capacity:,.0f} requests/s.",
        tables=(_table(rows),),
        checks=_checks(steady, explained, swapped, stormed, after),
        notes=(
            "The load client is `bench/open_load.py`: requests leave when they are due, over at "
            "most 512 connections, and latency counts from then, so that waiting in the client "
            "counts too. Under too much load the client takes a core of the two; there, latency "
            "counts from when the request left. Back to normal counts from the end of the "
            "timetable that was too much, the server's backlog included.",
        ),
    )


def _through_swaps(context: Context, asked: Target, seconds: float) -> list[Figures]:
    model = find(USE_CASE).model_name(find(USE_CASE).default_moment)

    def swap() -> None:
        with home(context.trained) as runtime:
            deployed = runtime.endpoint.current(model)
            if deployed is None:
                raise RuntimeError("nothing is deployed in the trained home")
            for number in range(_SWAPS):
                time.sleep(seconds / (_SWAPS + 2))
                runtime.endpoint.deploy(replace(deployed, version=f"swap-{number}"))
            runtime.endpoint.deploy(deployed)

    swapping = threading.Thread(target=swap)
    swapping.start()
    found = asked.timetable(f"{_STEADY}x{seconds}")
    swapping.join()
    return found


def _table(rows: Mapping[str, Figures]) -> Table:
    counts = ("sent", "scored", "refused", "failed")
    times = ("p50_ms", "p99_ms", "refused_p99_ms")
    return Table(
        title="Timetables",
        columns=(
            "load", "sent", "scored", "refused", "failed", "p50, ms", "p99, ms",
            "p99 of refusals, ms",
        ),
        rows=tuple(
            (
                name,
                *(one[key] for key in counts),
                *(None if math.isnan(one[key]) else one[key] for key in times),
            )
            for name, one in rows.items()
        ),
    )  # fmt: skip


def _checks(
    steady: Figures, explained: Figures, swapped: Figures, stormed: Figures, after: Figures
) -> tuple[Check, ...]:
    return (
        Check(figure="p99 at 300/s", measured=steady["p99_ms"], unit="ms", at_most=50),
        Check(figure="errors at 300/s", measured=_errors(steady), at_most=0),
        Check(figure="p99 with reasons", measured=explained["p99_ms"], unit="ms", at_most=15),
        Check(figure="errors with reasons", measured=_errors(explained), at_most=0),
        Check(
            figure="failures while the model is swapped", measured=_errors(swapped), at_most=0
        ),
        Check(
            figure="versions that answered meanwhile", measured=swapped["versions"],
            at_least=_SWAPS,
        ),
        Check(
            figure="p99 of whom is admitted", measured=stormed["admitted_p99_ms"], unit="ms",
            at_most=1_000,
        ),
        Check(figure="refused at 3 x capacity", measured=stormed["refused"], at_least=1),
        Check(
            figure="p99 of refusals", measured=stormed["refused_p99_ms"], unit="ms", at_most=50
        ),
        Check(figure="failures at 3 x capacity", measured=stormed["failed"], at_most=0),
        Check(
            figure="back to normal after", measured=after["quiet_after_s"], unit="s", at_most=10
        ),
    )  # fmt: skip


def _errors(figures: Figures) -> float:
    """Requests that did not get a score."""
    return figures["failed"] + figures["refused"]
