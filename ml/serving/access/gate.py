"""Nothing gets past here that does not say who it is, from where it comes and to whom it goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ml.contract.access import Caller, Role
from ml.contract.errors import LeadwiseError
from ml.contract.requests.problems import Problem
from ml.serving.access.callers import remember, require, unknown_caller
from ml.serving.access.rates import Rates
from ml.serving.access.sites import is_safe, refuse_other_names, refuse_other_sites

#: What load balancers ask, under any name; it says nothing but that the process lives.
_ALIVE = "/health/live"
#: What SageMaker asks in its place.
PING = "/ping"
_STATIC = "/static/"

#: Makes a response of an error.
Answer = Callable[[Request, Exception], Awaitable[Response]]


class Identify(Protocol):
    """Finds out who sent a request."""

    async def __call__(self, request: Request, /) -> Caller | None:
        """The caller; None where a request names nobody that is known."""


@dataclass(frozen=True, kw_only=True)
class Doors:
    """What of a server is there, and for whom.

    Parameters
    ----------
    names : frozenset of str, optional
        Host names that it answers under; None for any.
    paths : frozenset of str, optional
        All that exists; None for every route.
    open : frozenset of str
        Paths that ask for no caller.
    own : frozenset of str
        Paths to which callers send what concerns nobody but them, whatever their role.
    """

    names: frozenset[str] | None = None
    paths: frozenset[str] | None = None
    open: frozenset[str] = frozenset({PING})
    own: frozenset[str] = frozenset()


class Gate:
    """Asks every request for its caller, before the application sees it.

    Parameters
    ----------
    app : ASGI application
    doors : Doors
    identify : Identify
    answer : callable
        Makes a response of an error.
    rates : Rates, optional
        How often a caller may ask; None for as often as they like.

    Notes
    -----
    Plain ASGI and before the router: a route that somebody adds is closed until it is opened here.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        doors: Doors,
        identify: Identify,
        answer: Answer,
        rates: Rates | None = None,
    ) -> None:
        self._app, self._doors, self._identify = app, doors, identify
        self._answer, self._rates = answer, rates

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
        except (Problem, LeadwiseError) as error:
            await (await self._answer(request, error))(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _admit(self, request: Request) -> None:
        doors, path, looks = self._doors, request.scope["path"], is_safe(request)
        if doors.names is not None:
            refuse_other_names(request, doors.names)
        if doors.paths is not None and path not in doors.paths:
            raise Problem(404, "there is no such address here")
        if not looks:
            refuse_other_sites(request)
        if path in doors.open or path.startswith(_STATIC):
            return
        caller = await self._identify(request)
        if caller is None:
            raise unknown_caller()
        remember(request.scope, caller)
        require(request, Role.VIEWER if looks or path in doors.own else Role.REP)
        if self._rates is not None:
            self._rates.limit(caller.name)
