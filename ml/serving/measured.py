"""Every request is counted and timed, and Prometheus may ask for the figures."""

from __future__ import annotations

import time
from collections.abc import Sequence

from fastapi import FastAPI
from prometheus_client import Counter, Histogram
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ml.serving.metrics import Metrics
from ml.serving.openapi import operation
from ml.serving.served import Served

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_UNKNOWN = "unknown"


class Measured:
    """Counts and times every request.

    Parameters
    ----------
    app : ASGI application
    metrics : Metrics
    routes : sequence of BaseRoute
        An address that is none of them is not told: anybody could make up more.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, routes: Sequence[BaseRoute]) -> None:
        self._app, self._metrics = app, metrics
        self._paths = {
            getattr(route, "endpoint", getattr(route, "app", None)): getattr(
                route, "path", _UNKNOWN
            )
            for route in routes
        }
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._timers: dict[str, Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()

        async def send_seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_seen)
        finally:
            self._count(scope, status, time.perf_counter() - began)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = self._paths.get(scope.get("endpoint"), _UNKNOWN)
        method = scope["method"] if scope["method"] in _METHODS else _UNKNOWN
        key = (route, method, status)
        counter = self._counters.get(key)
        if counter is None:  # finding a child by its labels costs more than counting
            counter = self._counters[key] = self._metrics.requests.labels(route, method, status)
            self._timers[route] = self._metrics.seconds.labels(route)
        counter.inc()
        self._timers[route].observe(seconds)


def add_routes(app: FastAPI, served: Served) -> None:
    """Add the route that Prometheus asks."""
    app.add_route("/metrics", served.metrics.show, ["GET"])
    served.lifetimes.append(served.metrics.lived)
    content = {"text/plain": {"schema": {"type": "string"}}}
    described = operation("metrics", "Figures of all workers, for Prometheus", content)
    served.paths["/metrics"] = {"get": described}
