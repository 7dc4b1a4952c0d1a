"""Health: whether the process is alive, and whether it can score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from ml.contract.moments import Moment
from ml.serving.live_model import LiveModel
from ml.serving.openapi import json_body, operation
from ml.serving.served import Served


class Health:
    """Answers the health routes.

    Parameters
    ----------
    model : LiveModel
    moment : Moment
    """

    def __init__(self, model: LiveModel, moment: Moment) -> None:
        self._model, self._moment = model, moment

    async def ping(self, request: Request) -> Response:
        """Answer `GET /ping`: 200 when a model is loaded, 503 otherwise."""
        return Response(status_code=503 if self._model.live is None else 200)

    async def live(self, request: Request) -> Response:
        """Answer `GET /health/live`."""
        return Response(b'{"status":"alive"}', media_type="application/json")

    async def ready(self, request: Request) -> Response:
        """Answer `GET /health/ready`: 503 names what is missing, 200 names what serves."""
        live = self._model.live
        said = {
            "status": "ready" if live else "not_ready",
            "model": self._model.model,
            "moment": self._moment.name,
            "version": live.version if live else None,
            "sha256": live.sha256 if live else None,
            "registry": "stale" if self._model.stale else "fresh",
            "problem": self._model.problem,
        }
        return Response(orjson.dumps(said), 200 if live else 503, media_type="application/json")


def add_routes(app: FastAPI, served: Served) -> None:
    """Add the health routes."""
    health = Health(served.model, served.moment)
    app.add_route("/ping", health.ping, ["GET"])
    app.add_route("/health/live", health.live, ["GET"])
    app.add_route("/health/ready", health.ready, ["GET"])
    served.paths.update(
        {
            "/ping": {"get": _probe("ping", "Is a model loaded? (SageMaker)", {})},
            "/health/live": {"get": _probe("live", "Is the process alive?", _SAID, refuses=False)},
            "/health/ready": {
                "get": _probe("ready", "Can it score, and with which version?", _SAID)
            },
        }
    )


_SAID = json_body({"type": "object", "required": ["status"]})


def _probe(
    name: str, summary: str, content: Mapping[str, Any], *, refuses: bool = True
) -> dict[str, Any]:
    described = operation(name, summary, content, said="Yes")
    if refuses:
        described["responses"]["503"] = {"description": "No model is loaded", "content": content}
    return described
