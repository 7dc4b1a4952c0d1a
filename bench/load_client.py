"""A load client: `python -m bench.load_client PORT PATH BODIES CONNECTIONS SECONDS`.

Keeps so many connections busy over raw HTTP/1.1, one request in flight on each, and prints one
JSON object. BODIES is a file of JSON bodies, one a line; they are sent in turns.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import cast

import numpy as np
import uvloop


class Connection(asyncio.Protocol):
    """Sends the next body as soon as the last answer is whole."""

    def __init__(self, requests: list[bytes], until: float) -> None:
        self._requests, self._until = cycle(requests), until
        self._answer, self._sent = b"", 0.0
        self.taken: list[float] = []
        self.errors = 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        self._answer, self._sent = b"", time.perf_counter()
        if self._sent >= self._until:
            self._transport.close()
            return
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if not is_whole(self._answer):
            return
        self.taken.append(time.perf_counter() - self._sent)
        self.errors += not self._answer.startswith(b"HTTP/1.1 200")
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self.errors += time.perf_counter() < self._until
        if not self.done.done():
            self.done.set_result(None)


def is_whole(answer: bytes) -> bool:
    """Whether an HTTP answer has all its bytes.

    Examples
    --------
    >>> is_whole(b"HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\n{}")
    True
    """
    head, gap, body = answer.partition(b"\r\n\r\n")
    if not gap:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line[15:])
    return body.endswith(b"0\r\n\r\n")


def request(path: str, port: int, body: bytes) -> bytes:
    """The bytes of a POST."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def drive(port: int, requests: list[bytes], connections: int, seconds: float) -> str:
    """Keep the connections busy for so long; figures as JSON."""
    loop, began = asyncio.get_running_loop(), time.perf_counter()
    opened = []
    for start in range(connections):
        turned = requests[start:] + requests[:start]
        _, one = await loop.create_connection(
            partial(Connection, turned, began + seconds), "127.0.0.1", port
        )
        opened.append(one)
    await asyncio.wait_for(asyncio.gather(*(one.done for one in opened)), seconds + 60)
    spent = time.perf_counter() - began
    taken = np.array([value for one in opened for value in one.taken])
    p50, p99 = (np.percentile(taken, [50, 99]) * 1_000) if taken.size else (np.nan, np.nan)
    figures = {
        "requests": int(taken.size), "seconds": spent, "p50_ms": float(p50), "p99_ms": float(p99),
        "errors": sum(one.errors for one in opened), "client_cpu": time.process_time(),
    }  # fmt: skip
    return json.dumps(figures)


if __name__ == "__main__":
    port, path, file, connections, seconds = sys.argv[1:]
    bodies = Path(file).read_bytes().splitlines()
    sent = [request(path, int(port), body) for body in bodies]
    print(uvloop.run(drive(int(port), sent, int(connections), float(seconds))))
