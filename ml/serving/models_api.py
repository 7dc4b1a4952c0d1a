"""`GET /v1/models`: which version serves, and where every other one stands."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ml.contract.ledger import Action
from ml.contract.standing import ModelState
from ml.core.model_story import ModelStory, VersionStory
from ml.serving.console.models import Models
from ml.serving.openapi import array, json_body, operation, ref
from ml.serving.scoring_api import json_response
from ml.serving.served import Served


class ModelsApi:
    """Answers programs that ask for versions.

    Parameters
    ----------
    served : Served
    models : Models
    """

    def __init__(self, served: Served, models: Models) -> None:
        self._served, self._models = served, models

    async def show(self, request: Request) -> Response:
        """Answer `GET /v1/models`."""
        return json_response(self._told(await run_in_threadpool(self._models.story)))

    def _told(self, story: ModelStory) -> dict[str, Any]:
        live = self._served.model.live
        return {
            "model": self._served.model.model,
            "use_case": self._served.use_case.name,
            "moment": self._served.moment.name,
            "serving": {"version": live.version, "sha256": live.sha256} if live else None,
            "versions": [_version(one, story) for one in story.versions],
        }


def _version(one: VersionStory, story: ModelStory) -> dict[str, Any]:
    deployed = [entry.at for entry in one.entries if entry.action is Action.DEPLOY]
    return {
        "version": one.version,
        "state": one.state,
        "alias": _alias(one, story),
        "made_at": one.made.at,
        "deployed_at": deployed[-1] if deployed else None,
        "metrics": [
            {key: figure.get(key) for key in ("score", "value", "low", "high")}
            for figure in (one.card or {}).get("figures", [])
        ],
    }


def _alias(one: VersionStory, story: ModelStory) -> str | None:
    holders = {
        "champion": story.champion, "challenger": story.challenger, "previous": story.previous,
    }  # fmt: skip
    return next((alias for alias, held in holders.items() if held is one), None)


def add_routes(app: FastAPI, served: Served, models: Models) -> None:
    """Add the route, and describe it."""
    app.add_route("/v1/models", ModelsApi(served, models).show, ["GET"])
    served.schemas.update(_schemas())
    summary = "The version that serves, and where every version of the model stands"
    described = operation("models", summary, json_body(ref("Models")), refusals=("503",))
    served.paths["/v1/models"] = {"get": described}


def _schemas() -> dict[str, Any]:
    text, moment = {"type": "string"}, {"type": ["string", "null"], "format": "date-time"}
    figure = {"type": ["number", "null"]}
    metric = {"score": text, "value": figure, "low": figure, "high": figure}
    version = {
        "version": text,
        "state": {"enum": [*ModelState]},
        "alias": {"enum": ["champion", "challenger", "previous", None]},
        "made_at": moment,
        "deployed_at": moment,
        "metrics": array(_object(metric)),
    }
    serving = _object({"version": text, "sha256": text}) | {"type": ["object", "null"]}
    models = {"model": text, "use_case": text, "moment": text, "serving": serving}
    return {
        "Models": _object(models | {"versions": array(ref("ModelVersion"))}),
        "ModelVersion": _object(version),
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}
