"""Nothing gets past here that does not say who it is, from where it comes and to whom it goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ml.contract.access import YOU, Caller, Role
from ml.contract.requests.problems import Problem
from ml.serving.access.callers import remember, require, unknown_caller
from ml.serving.access.sites import is_safe, refuse_other_names, refuse_other_sites

#: What load balancers ask; it says nothing but that the process lives.
_ALIVE = "/health/live"
#: What everyone may have: the other thing that load balancers ask, and what pages are drawn with.
_OPEN, _STATIC = frozenset({"/ping"}), "/static/"

#: Makes a response of an error.
Answer = Callable[[Request, Exception], Awaitable[Response]]


class Identify(Protocol):
    """Finds out who sent a request."""

    async def __call__(self, request: Request, /) -> Caller | None:
        """The caller; None where a request names nobody that is known."""


async def whoever_is_here(_: Request) -> Caller:
    """At this machine everyone is its owner."""
    return YOU


class Gate:
    """Asks every request for its caller, before the application sees it.

    Parameters
    ----------
    app : ASGI application
    identify : Identify
    answer : callable
        Makes a response of an error.
    names : frozenset of str, optional
        Host names that the server answers under; None for any.

    Notes
    -----
    Plain ASGI and before the router: a route that somebody adds is closed until it is opened here.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        identify: Identify,
        answer: Answer,
        names: frozenset[str] | None = None,
    ) -> None:
        self._app, self._identify, self._answer, self._names = app, identify, answer, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan" or scope.get("path") == _ALIVE:
            await self._app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._http(Request(scope, receive), scope, receive, send)

    async def _http(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._admit(request)
        except Problem as problem:
            await (await self._answer(request, problem))(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _admit(self, request: Request) -> None:
        if self._names is not None:
            refuse_other_names(request, self._names)
        looks = is_safe(request)
        if not looks:
            refuse_other_sites(request)
        if is_open(request.scope["path"]):
            return
        caller = await self._identify(request)
        if caller is None:
            raise unknown_caller()
        remember(request.scope, caller)
        require(request, Role.VIEWER if looks else Role.REP)


def is_open(path: str) -> bool:
    """Whether an address is for everyone."""
    return path in _OPEN or path.startswith(_STATIC)
