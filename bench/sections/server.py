"""The server beside an echo, the same pipeline behind FastAPI, and MLflow's own server."""

from __future__ import annotations

import json
import statistics
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from bench.context import USE_CASE, Context, say
from bench.leads import clean_records, raw_records
from bench.peers.pipeline import HOME, model_uri, tracking_uri
from bench.processes import BIN, measured
from bench.results import Check, Findings, Table
from bench.serving import cpu_seconds, free_port, running

_CONNECTIONS, _WORKERS = 8, 2
_OURS, _ECHO, _MLFLOW = "Leadwise (`leadwise serve`)", "FastAPI echo", "`mlflow models serve`"
_LEAST_PER_SECOND, _MOST_P99_MS = 1_000, 5
_SHARE_OF_ECHO, _TIMES_MLFLOW = 0.5, 50


@dataclass(frozen=True, kw_only=True)
class Server:
    """How to start one, and what to send it."""

    path: str
    bodies: Sequence[Mapping[str, Any]]
    program: Sequence[str]
    words: Sequence[str | Path]
    env: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    def answers(self) -> bool:
        """Whether it answers the first body."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{self.path}",
            data=json.dumps(self.bodies[0]).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError as error:
            if error.code in {400, 422}:  # it would never take what we send
                raise RuntimeError(f"{self.words}: {error.read().decode()[:500]}") from error
            return False
        except OSError:
            return False


def measure(context: Context) -> Findings:
    """Requests per second and latency, every server for some seconds, in turns."""
    servers, notes = _servers(context), []
    found: dict[str, list[dict[str, float]]] = {}
    seconds, rounds = context.size(4, 1), context.size(3, 1)
    with ExitStack() as stack:
        started: dict[str, psutil.Process] = {}
        for name, server in servers.items():
            say(f"  starting {name}")
            try:
                started[name] = stack.enter_context(
                    running(
                        [*server.words, "--port", str(server.port)], ready=server.answers,
                        program=server.program, env=server.env,
                    )
                )  # fmt: skip
            except RuntimeError as error:
                notes.append(f"{name} did not start here: {str(error).splitlines()[-1]}")
        for turn in range(rounds + 1):  # the first turn warms up
            for name, process in started.items():
                figures = _drive(context, servers[name], process, seconds if turn else 1)
                found.setdefault(name, []).extend([figures] if turn else [])
    return _findings(context, found, notes)


def _servers(context: Context) -> dict[str, Server]:
    raw, clean = raw_records(context, 200), clean_records(context, 200)
    workers = ("--workers", str(_WORKERS))
    uvicorn = (sys.executable, "-m", "uvicorn", "--factory", "--log-level", "warning", *workers)
    cli = (sys.executable, "-m", "ml.cli")
    return {
        _OURS: Server(
            path="/v1/score", bodies=raw, program=cli,
            words=("serve", USE_CASE, "--home", context.trained, *workers),
        ),
        _ECHO: Server(
            path="/echo", bodies=raw, program=uvicorn, words=("bench.peers.echo:application",)
        ),
        "scikit-learn pipeline behind FastAPI": Server(
            path="/score", bodies=clean, program=uvicorn,
            words=("bench.peers.pipeline:application",), env={HOME: str(context.trained)},
        ),
        _MLFLOW: Server(
            path="/invocations", bodies=[{"dataframe_records": [lead]} for lead in clean],
            program=(str(BIN / "mlflow"), "models", "serve", "--env-manager", "local"),
            words=("--model-uri", model_uri(), *workers),
            env={"MLFLOW_TRACKING_URI": tracking_uri(context.trained)},
        ),
    }  # fmt: skip


def _drive(
    context: Context, server: Server, process: psutil.Process, seconds: int
) -> dict[str, float]:
    bodies = context.scratch / f"bodies-{server.port}"
    bodies.write_text("\n".join(json.dumps(body) for body in server.bodies))
    before = cpu_seconds(process)
    command = (sys.executable, "-m", "bench.load_client", str(server.port), server.path, bodies,
               str(_CONNECTIONS), str(seconds))  # fmt: skip
    figures: dict[str, float] = measured(command).answer
    return figures | {"server_cpu": cpu_seconds(process) - before}


def _findings(
    context: Context, found: Mapping[str, list[dict[str, float]]], notes: list[str]
) -> Findings:
    rates = {name: statistics.median(map(_rate, rounds)) for name, rounds in found.items()}
    rows = tuple(_row(name, rounds, rates[_OURS]) for name, rounds in found.items())
    share = rates[_OURS] / rates[_ECHO]
    p99 = statistics.median(one["p99_ms"] for one in found[_OURS])
    checks = [
        Check(figure="requests/s", measured=round(rates[_OURS]), at_least=_LEAST_PER_SECOND),
        Check(figure="p99", measured=round(p99, 2), unit="ms", at_most=_MOST_P99_MS),
        Check(figure="share of a FastAPI echo's rate", measured=round(share, 3),
              at_least=_SHARE_OF_ECHO),
    ]  # fmt: skip
    if _MLFLOW in rates:
        times = rates[_OURS] / rates[_MLFLOW]
        checks.append(
            Check(figure="times the rate of `mlflow models serve`", measured=round(times, 1),
                  at_least=_TIMES_MLFLOW)
        )  # fmt: skip
    return Findings(
        data=f"200 synthetic leads (seed 11), one per request, {_CONNECTIONS} connections on "
        f"loopback, {_WORKERS} worker processes each, {context.size(3, 1)} turns of "
        f"{context.size(4, 1)} s for every server in turns; medians.",
        tables=(
            Table(
                title="Servers",
                columns=(
                    "server", "requests/s", "p50, ms", "p99, ms", "errors",
                    "server CPU ms per request", "Leadwise is so many times as fast",
                ),
                rows=rows,
            ),
        ),
        checks=tuple(checks),
        notes=(
            *notes,
            "The load client is `bench/load_client.py`, one process of asyncio on the same cores: "
            "it takes a share of them, and the faster the server, the larger that share.",
            "Leadwise takes raw cells, cleans and judges them and answers with score, band and "
            "warnings; the peers take cells that are already clean. All four run at once, idle "
            "but for the one under load.",
        ),
    )  # fmt: skip


def _rate(figures: Mapping[str, float]) -> float:
    return figures["requests"] / figures["seconds"]


def _row(
    name: str, rounds: Sequence[Mapping[str, float]], ours: float
) -> tuple[str | float | int, ...]:
    rate = statistics.median(map(_rate, rounds))
    p50, p99 = (statistics.median(one[key] for one in rounds) for key in ("p50_ms", "p99_ms"))
    requests = sum(one["requests"] for one in rounds)
    cpu = sum(one["server_cpu"] for one in rounds) / max(requests, 1) * 1_000
    return name, rate, p50, p99, int(sum(one["errors"] for one in rounds)), cpu, ours / rate
