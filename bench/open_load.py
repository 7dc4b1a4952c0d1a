"""A load client that keeps to a timetable: `python -m bench.open_load PORT PATH BODIES PHASES`.

Requests leave when they are due, however long the answers before them take. PHASES are rates and
seconds such as `300x60,9000x10`. Prints one JSON object per phase, one a line.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
import time
from collections import deque
from itertools import cycle
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import uvloop

from bench.load_client import is_whole, request

#: A server has to refuse what it cannot do; it need not keep more lines than this open.
_MOST_LINES = 512
_GRACE_SECONDS = 30.0
_VERSION = b'"model_version":"'


class Answer(NamedTuple):
    """When a request was due, when it left, when its answer was whole, and what it was.

    `version` is the model's, as the answer's own bytes have it.
    """

    due: float
    sent: float
    whole: float
    status: int
    version: bytes


class Line(asyncio.Protocol):
    """One connection with one request in flight."""

    def __init__(self, client: Client) -> None:
        self._client, self._due, self._sent, self._answer = client, 0.0, 0.0, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def send(self, due: float, message: bytes) -> None:
        """Send what was due then."""
        self._due, self._sent, self._answer = due, time.perf_counter(), b""
        self._transport.write(message)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if is_whole(self._answer):
            now, status = time.perf_counter(), int(self._answer[9:12])
            version = self._answer.partition(_VERSION)[2].partition(b'"')[0]
            self._client.done(self, Answer(self._due, self._sent, now, status, version))

    def connection_lost(self, exc: Exception | None) -> None:
        self._client.lost(self)


class Client:
    """Sends by the timetable over as many lines as that takes."""

    def __init__(self, port: int, messages: list[bytes]) -> None:
        self._port, self._messages = port, cycle(messages)
        self._idle: deque[Line] = deque()
        self._due: deque[float] = deque()
        self._lines = 0
        self._quiet_from = 0.0
        self.answers: list[Answer] = []
        self.broken = 0

    async def open(self) -> None:
        """Have every line ready."""
        loop = asyncio.get_running_loop()
        for _ in range(_MOST_LINES):
            _, line = await loop.create_connection(lambda: Line(self), "127.0.0.1", self._port)
            self._idle.append(line)
        self._lines = _MOST_LINES

    def done(self, line: Line, answer: Answer) -> None:
        """Note an answer; its line is free."""
        self.answers.append(answer)
        self._idle.append(line)
        self._send()

    def lost(self, line: Line) -> None:
        """Note a line that the server has closed."""
        self._lines -= 1
        if line in self._idle:
            self._idle.remove(line)
        else:
            self.broken += 1

    def _send(self) -> None:
        while self._due and self._idle:
            self._idle.popleft().send(self._due.popleft(), next(self._messages))

    async def phase(self, rate: float, seconds: float) -> dict[str, float]:
        """Send so many a second for so long; its figures."""
        self.answers, self.broken = [], 0
        began, sent, total = time.perf_counter(), 0, int(rate * seconds)
        before, self._quiet_from = self._quiet_from or began, began + seconds
        while sent < total:
            now = time.perf_counter()
            while sent < total and began + sent / rate <= now:
                self._due.append(began + sent / rate)
                sent += 1
            self._send()
            await asyncio.sleep(0.001)
        until = time.perf_counter() + _GRACE_SECONDS
        while len(self.answers) + self.broken < total and time.perf_counter() < until:
            await asyncio.sleep(0.01)
        return self._figures(before, total)

    def _figures(self, before: float, total: int) -> dict[str, float]:
        scored = [one for one in self.answers if one.status == 200]
        refused = [one for one in self.answers if one.status == 503]
        return {
            "sent": total,
            "scored": len(scored),
            "refused": len(refused),
            "failed": total - len(scored) - len(refused),
            "p50_ms": _percentile([one.whole - one.due for one in scored], 50),
            "p99_ms": _percentile([one.whole - one.due for one in scored], 99),
            "admitted_p99_ms": _percentile([one.whole - one.sent for one in scored], 99),
            "refused_p99_ms": _percentile([one.whole - one.sent for one in refused], 99),
            "versions": len({one.version for one in scored}),
            "quiet_after_s": _last_late(self.answers, before),
        }


def _last_late(answers: list[Answer], since: float) -> float:
    """Seconds from the end of the timetable before until nobody waits longer than 50 ms."""
    late = [one.whole - since for one in answers if one.whole - one.due > 0.05]
    # What the server still owed when the timetable began has delayed its first request, too.
    return max(late, default=min((one.due - since for one in answers), default=math.inf))


def _percentile(seconds: list[float], percent: float) -> float:
    """In milliseconds; of nothing it is no number, which reaches no goal."""
    return float(np.percentile(seconds, percent) * 1_000) if seconds else math.nan


async def drive(port: int, messages: list[bytes], phases: str) -> None:
    """All phases, one after the other over the same lines."""
    client = Client(port, messages)
    await client.open()
    for words in phases.split(","):
        rate, seconds = map(float, words.split("x"))
        print(json.dumps(await client.phase(rate, seconds)), flush=True)


if __name__ == "__main__":
    port, path, file, phases = sys.argv[1:]
    bodies = Path(file).read_bytes().splitlines()
    uvloop.run(drive(int(port), [request(path, int(port), body) for body in bodies], phases))
