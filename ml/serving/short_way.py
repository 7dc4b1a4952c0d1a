"""The short way to the one route that is asked most."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ml.serving.access.gate import Answer


class ShortWay:
    """Answers one path and method by itself, and leaves all others to the application.

    Parameters
    ----------
    app : ASGI application
        Has the same route, for its description and for other methods.
    path : str
    endpoint : callable
        Answers a POST to the path.
    answer : callable
        Makes a response of an error.

    Notes
    -----
    FastAPI's own way through its middleware and routes takes longer than to score a lead.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        path: str,
        endpoint: Callable[[Request], Awaitable[Response]],
        answer: Answer,
    ) -> None:
        self._app, self._path, self._endpoint, self._answer = app, path, endpoint, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope.get("path") != self._path or scope.get("method") != "POST":
            await self._app(scope, receive, send)
            return
        scope["endpoint"] = self._endpoint
        request = Request(scope, receive)
        try:
            response = await self._endpoint(request)
        except Exception as error:
            response = await self._answer(request, error)
        await response(scope, receive, send)
