"""Health: whether the process is alive, and whether it can score."""

from __future__ import annotations

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from ml.contract.moments import Moment
from ml.serving.live_model import LiveModel
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
            "problem": self._model.problem,
        }
        return Response(orjson.dumps(said), 200 if live else 503, media_type="application/json")


def add_routes(app: FastAPI, served: Served) -> None:
    """Add the health routes."""
    health = Health(served.model, served.moment)
    app.add_route("/health/live", health.live, ["GET"])
    app.add_route("/health/ready", health.ready, ["GET"])
