"""The two commands that a newcomer types: how long until something is there."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from pathlib import Path

from bench.context import USE_CASE, Context, say
from bench.processes import Usage, leadwise
from bench.results import Check, Findings, Table
from bench.serving import free_port, running

_RUN_SECONDS, _DEMO_SECONDS = 60, 90


def measure(context: Context) -> Findings:
    """`leadwise run` twice in a fresh home, and `leadwise demo` to its first page."""
    data = context.leads or context.csv(context.size(9_240, 4_000))
    words = ("run", USE_CASE, "--data", data, "--home", context.scratch / "run", "--json")
    say("  leadwise demo")
    demo = _demo_seconds(context.scratch / "demo", context.size(9_240, 4_000))
    say("  leadwise run, twice")
    first, second = (leadwise(*words, codes=(0, 3)) for _ in range(2))
    kind = "The public X Education file" if context.leads else "Synthetic leads, seed 1"
    return Findings(
        data=f"{kind}: {first.answer['rows']['in']:,} rows, moment engaged. "
        "The demo makes and learns from synthetic leads, seed 1.",
        tables=(_commands(first, second, demo), _steps(first)),
        checks=(
            Check(figure="leadwise run, fresh home", measured=round(first.seconds, 2), unit="s",
                  at_most=_RUN_SECONDS),
            Check(figure="leadwise demo to the first page", measured=round(demo, 2), unit="s",
                  at_most=_DEMO_SECONDS),
        ),
        notes=(
            "Seconds include starting Python and importing every library. The demo runs first: on "
            "a new clone it also pays for the bytecode of the libraries, about five seconds.",
        ),
    )  # fmt: skip


def _commands(first: Usage, second: Usage, demo: float) -> Table:
    return Table(
        title="Commands",
        columns=("command", "seconds", "CPU seconds", "peak memory, MB"),
        rows=(
            ("`leadwise run`, fresh home", *_used(first)),
            ("`leadwise run` again: nothing to do", *_used(second)),
            ("`leadwise demo` until the page answers", demo, None, None),
        ),
    )


def _used(usage: Usage) -> tuple[float, float, float]:
    return usage.seconds, usage.cpu_seconds, usage.peak_megabytes


def _steps(first: Usage) -> Table:
    rows = tuple((step["step"], step["seconds"]) for step in first.answer["steps"])
    return Table(title="Steps of the first run", columns=("step", "seconds"), rows=rows)


def _demo_seconds(home: Path, rows: int) -> float:
    port = free_port()
    command = ("demo", "--home", home, "--port", str(port), "--rows", str(rows))
    began = time.perf_counter()
    with running(command, ready=lambda: _is_there(port), seconds=300):
        return time.perf_counter() - began


def _is_there(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
