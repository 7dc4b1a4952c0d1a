"""Admission: a few work, a few wait in their order, and the rest hear it at once."""

import asyncio
from typing import Any

import pytest
from starlette.responses import Response

from ml.serving.admission import Admission, Door


async def settle() -> None:
    """Let every task get as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_those_who_wait_come_in_by_their_order():
    async def order() -> list[int]:
        door, inside = Door(at_once=1, waiting=3), []

        async def enter(number: int) -> None:
            assert await door.enter()
            inside.append(number)

        tasks = [asyncio.create_task(enter(number)) for number in range(3)]
        for _ in tasks:
            await settle()
            door.leave()
        await asyncio.gather(*tasks)
        return inside

    assert asyncio.run(order()) == [0, 1, 2]


def test_whoever_gives_up_waiting_takes_no_place():
    async def left() -> bool:
        door = Door(at_once=1, waiting=2)
        await door.enter()
        gone, next_one = asyncio.create_task(door.enter()), asyncio.create_task(door.enter())
        await settle()
        gone.cancel()
        await settle()
        door.leave()
        return await next_one

    assert asyncio.run(left())


def test_whoever_gives_up_when_just_let_in_passes_the_place_on():
    async def left() -> bool:
        door = Door(at_once=1, waiting=2)
        await door.enter()
        gone = asyncio.create_task(door.enter())
        await settle()
        door.leave()
        gone.cancel()
        await settle()
        return await door.enter()

    assert asyncio.run(left())


@pytest.mark.parametrize(
    ("path", "query", "most"),
    [("/v1/score", b"", 136), ("/v1/score", b"reasons=3", 34), ("/v1/score/batch", b"", 32),
     ("/endpoints/m/invocations", b"", 32), ("/health/live", b"", 400)],
)  # fmt: skip
def test_what_comes_at_once_beyond_the_limit_is_refused_with_when_to_come_back(path, query, most):
    statuses, refused = asyncio.run(_storm(path, query, 400))
    assert statuses.count(200) == most
    assert statuses.count(503) == 400 - most == len(refused)
    assert statuses[most:] == [503] * (400 - most), "first come, first served"
    assert set(refused) <= {"1"}


async def _storm(path: str, query: bytes, size: int) -> tuple[list[int], list[str]]:
    """Requests that all arrive in one turn of the loop, in order; none ends before all came."""
    statuses, go = [0] * size, asyncio.Event()
    retry: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await go.wait()
        await Response()(scope, receive, send)

    guarded = Admission(app, lambda: None)

    async def ask(number: int) -> None:
        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses[number] = message["status"]
                headers = message["headers"]
                retry.extend(value.decode() for name, value in headers if name == b"retry-after")
                headers.append((b"x", b"of one answer only"))

        scope = {"type": "http", "path": path, "query_string": query, "headers": []}
        await guarded(scope, None, send)  # type: ignore[arg-type]

    tasks = [asyncio.create_task(ask(number)) for number in range(size)]
    await asyncio.sleep(0)
    go.set()
    await asyncio.gather(*tasks)
    return statuses, retry
