"""A request without HTTP: `python -m bench.one_request HOME LEADS` drives the application itself.

LEADS is a file of JSON bodies, one a line. Prints the CPU time of one thread per request as one
JSON object, part by part: what lies between the parts and the whole is the web application's.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from bench.context import USE_CASE
from bench.processes import leadwise
from ml.contract.access import AccessMode
from ml.contract.access_settings import AccessSettings
from ml.contract.requests.lead_requests import LeadReader
from ml.contract.settings import ServeSettings
from ml.core.scoring import Scorer
from ml.serving.server import METRICS_FOLDER
from ml.serving.strict_json import parse_json
from ml.use_cases import find

_CASE = find(USE_CASE)
_MOMENT = _CASE.default_moment
_TURNS = 9
#: A caller's limit, as strangers have it, and so high that it refuses nobody.
_RATE = 1_000_000

App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def _least(run: Callable[[], object], requests: int) -> float:
    """Microseconds of this thread per request, in the quietest turn."""
    taken = []
    for _ in range(_TURNS):
        began = time.thread_time_ns()
        run()
        taken.append((time.thread_time_ns() - began) / requests / 1_000)
    return min(taken)


def parts(home: Path, bodies: Sequence[bytes]) -> dict[str, float]:
    """What must be done for a lead, whatever serves it."""
    from bench.context import home as opened

    with opened(home) as runtime:
        deployment = runtime.endpoint.current(_CASE.model_name(_MOMENT))
    if deployment is None:
        raise RuntimeError(f"no model is deployed in {home}")
    scorer = Scorer.of(deployment, use_case=_CASE)
    reader = LeadReader(_CASE.schema, _MOMENT)
    documents = [parse_json(body) for body in bodies]
    leads = [reader.lead(document) for document in documents]
    answers = [scorer.score_record(lead.cells).to_dict() for lead in leads]
    work: Mapping[str, tuple[Callable[[Any], object], Sequence[Any]]] = {
        "json": (parse_json, bodies),
        "lead": (reader.lead, documents),
        "score": (lambda lead: scorer.score_record(lead.cells).to_dict(), leads),
        "answer": (orjson.dumps, answers),
    }
    return {name: _least(partial(_each, do, on), len(bodies)) for name, (do, on) in work.items()}


def _each(do: Callable[[Any], object], on: Sequence[Any]) -> None:
    for one in on:
        do(one)


async def whole(app: Any, bodies: Sequence[bytes], headers: Sequence[tuple[bytes, bytes]]) -> float:
    """The application from a request's head to the end of its answer."""
    statuses: set[int] = set()

    async def send(message: Mapping[str, Any]) -> None:
        statuses.add(message.get("status", 200))

    async with app.router.lifespan_context(app):
        taken = []
        for _ in range(_TURNS):
            began = time.thread_time_ns()
            for body in bodies:
                await app(_scope(body, headers), partial(_receive, body), send)
                await asyncio.sleep(0)
            taken.append((time.thread_time_ns() - began) / len(bodies) / 1_000)
    if statuses != {200}:
        raise RuntimeError(f"the application answered {statuses}; expected 200")
    return min(taken)


async def _receive(body: bytes) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": False}


def _scope(body: bytes, headers: Sequence[tuple[bytes, bytes]]) -> dict[str, Any]:
    own = [
        (b"host", b"127.0.0.1:8080"),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
        "scheme": "http", "path": "/v1/score", "raw_path": b"/v1/score", "query_string": b"",
        "root_path": "", "headers": [*own, *headers], "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8080), "state": {},
    }  # fmt: skip


def application(home: Path, access: AccessSettings, receipts: int) -> Any:
    """What a worker process of `leadwise serve` builds."""
    from ml.bootstrap import serving_app

    settings = ServeSettings(
        home=str(home), use_case=USE_CASE, moment=_MOMENT.name, receipts_waiting=receipts
    )
    os.environ.update(settings.to_env() | access.to_env())
    return serving_app()


def main(home: Path, leads: Path) -> dict[str, float]:
    """All parts, then the application in three ways."""
    bodies = leads.read_bytes().splitlines()
    key = leadwise("keys", "add", "bench", "--home", home).output.strip()
    bearer = ((b"authorization", f"Bearer {key}".encode()),)
    accounts = AccessSettings(mode=AccessMode.ACCOUNTS.value, requests_per_second=_RATE)
    ways: Mapping[str, tuple[AccessSettings, int, Sequence[tuple[bytes, bytes]]]] = {
        "bare": (AccessSettings(), 0, ()),
        "receipts": (AccessSettings(), 50_000, ()),
        "key": (accounts, 50_000, bearer),
    }
    return parts(home, bodies) | {
        name: asyncio.run(whole(application(home, access, receipts), bodies, headers))
        for name, (access, receipts, headers) in ways.items()
    }


if __name__ == "__main__":
    with TemporaryDirectory() as scratch:
        os.environ[METRICS_FOLDER] = scratch
        copy = Path(scratch) / "home"
        shutil.copytree(sys.argv[1], copy)
        print(json.dumps(main(copy, Path(sys.argv[2]))))
