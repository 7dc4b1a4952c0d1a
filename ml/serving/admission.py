"""Who may come in when there is more to do than can be done: few wait, the rest hear it at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from ml.contract.requests.problems import Problem
from ml.contract.requests.routes import SCORE, SCORE_BATCH
from ml.serving.problems import problem_response

_RETRY_SECONDS = "1"


class Door:
    """Lets a few in at a time, lets some wait in their order, and turns the rest away.

    Parameters
    ----------
    at_once : int
        How many may be inside.
    waiting : int
        How many may wait; more make the last of them wait longer.

    Examples
    --------
    >>> async def three() -> list[bool]:
    ...     door = Door(at_once=1, waiting=1)
    ...     first, second = await door.enter(), asyncio.create_task(door.enter())
    ...     await asyncio.sleep(0)
    ...     third = await door.enter()
    ...     door.leave()
    ...     return [first, await second, third]
    >>> asyncio.run(three())
    [True, True, False]
    """

    def __init__(self, *, at_once: int, waiting: int) -> None:
        self._free, self._most_waiting = at_once, waiting
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> bool:
        """Come in, after a wait if need be; False if there are too many already."""
        if self._free and not self._waiting:
            self._free -= 1
            return True
        if len(self._waiting) >= self._most_waiting:
            return False
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()
            raise
        return True

    def leave(self) -> None:
        """Let the next one in."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class Admission:
    """Guards the routes that cost time.

    Parameters
    ----------
    app : ASGI application
    count : callable
        Is told of each request that is turned away.

    Notes
    -----
    One lead is scored within one turn of the event loop, so none is ever found inside; its place
    is free again in the next turn. That keeps each turn short: whoever has to be turned away
    hears it within some milliseconds, and not after all who came before. The refusal itself is
    made once: who turns away thousands in a second has no time to write to each.
    """

    def __init__(self, app: ASGIApp, count: Callable[[], object]) -> None:
        self._app, self._count = app, count
        title = f"too many are waiting already; try again in {_RETRY_SECONDS} s"
        busy = Problem(503, title, headers={"Retry-After": _RETRY_SECONDS})
        self._refusal = problem_response(busy)
        self._single = Door(at_once=8, waiting=128)
        self._explained = Door(at_once=2, waiting=32)
        self._long = Door(at_once=32, waiting=0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope.get("path", "")
        if path == SCORE:
            door = self._explained if scope["query_string"] else self._single
            await self._by_turns(door, scope, receive, send)
        elif path == SCORE_BATCH or path.endswith("/invocations"):
            await self._by_ends(self._long, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _by_turns(self, door: Door, scope: Scope, receive: Receive, send: Send) -> None:
        if not await door.enter():
            await self._turn_away(send)
            return
        asyncio.get_running_loop().call_soon(door.leave)
        await self._app(scope, receive, send)

    async def _by_ends(self, door: Door, scope: Scope, receive: Receive, send: Send) -> None:
        if not await door.enter():
            await self._turn_away(send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            door.leave()

    async def _turn_away(self, send: Send) -> None:
        self._count()
        headers = list(self._refusal.raw_headers)
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": self._refusal.body})
