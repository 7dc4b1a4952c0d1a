"""The web application: which address leads where."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from ml.contract.moments import Moment
from ml.contract.names import PRODUCT, Purpose
from ml.contract.requests.lead_requests import LeadReader
from ml.contract.settings import ServeSettings
from ml.contract.use_case import UseCase
from ml.ports import Endpoint
from ml.serving.bodies import MEGABYTE
from ml.serving.file_scoring import FileScoring
from ml.serving.health import Health
from ml.serving.invocations import Invocations
from ml.serving.lead_scorer import LoadScorer, SampleLeads, ScoreFile
from ml.serving.live_model import LiveModel
from ml.serving.openapi import lead_columns, openapi
from ml.serving.pages import ApiPage, ResultPages, ScorePages
from ml.serving.refusals import Refusals
from ml.serving.result_store import ResultStore
from ml.serving.result_table import TableViewer
from ml.serving.scoring_api import ScoringApi
from ml.serving.security_headers import SecurityHeaders
from ml.serving.templating import STATIC, Templates


def create_app(
    *,
    use_case: UseCase,
    moment: Moment,
    endpoint: Endpoint,
    load: LoadScorer,
    score_file: ScoreFile,
    sample: SampleLeads,
    settings: ServeSettings,
) -> FastAPI:
    """The API and the page over one model.

    Parameters
    ----------
    use_case : UseCase
    moment : Moment
        Chooses the model.
    endpoint : Endpoint
        Says which package is in force; asked once a second.
    load : callable
        Builds a scorer from a deployment; what it refuses never serves.
    score_file : callable
        Scores a file into a Parquet table; raises InputRefused.
    sample : callable
        Makes a small CSV of made-up leads.
    settings : ServeSettings
        The home, and the limits of uploads.

    Returns
    -------
    FastAPI
    """
    model = LiveModel(endpoint, use_case.model_name(moment), load)
    templates = Templates(use_case, moment, model)
    app = _bare(use_case, moment, model)
    Refusals(templates).register(app)
    api = _add_api(app, use_case, moment, model, settings)
    home = Path(settings.home) / "serving"
    files = FileScoring(
        store=ResultStore(home / "results"),
        score_file=score_file,
        sample=sample,
        settings=settings,
        folder=home / "uploads",
    )
    _add_pages(app, templates, model, files, api)
    app.middleware_stack = SecurityHeaders(app.build_middleware_stack())
    return app


def _bare(use_case: UseCase, moment: Moment, model: LiveModel) -> FastAPI:
    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with model.followed():
            yield

    app = FastAPI(
        title=use_case.title,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    description = openapi(use_case, moment, release=version(PRODUCT))
    app.openapi = lambda: description  # type: ignore[method-assign]
    return app


def _add_api(
    app: FastAPI, use_case: UseCase, moment: Moment, model: LiveModel, settings: ServeSettings
) -> ScoringApi:
    """Plain routes: FastAPI's parameter handling costs more than scoring a lead."""
    reader = LeadReader(use_case.schema, moment)
    api, health = ScoringApi(model, reader, use_case.task), Health(model, moment)
    invocations = Invocations(
        model=model,
        reader=reader,
        api=api,
        required=use_case.schema.required(moment, Purpose.SCORE),
        most_bytes=settings.upload_megabytes * MEGABYTE,
    )
    app.add_route("/v1/score", api.score, ["POST"])
    app.add_route("/ping", invocations.ping, ["GET"])
    app.add_route("/invocations", invocations.invoke, ["POST"])
    app.add_route("/health/live", health.live, ["GET"])
    app.add_route("/health/ready", health.ready, ["GET"])
    return api


def _add_pages(
    app: FastAPI, templates: Templates, model: LiveModel, files: FileScoring, api: ScoringApi
) -> None:
    use_case, moment = templates.use_case, templates.moment
    header = tuple(column.source for column in lead_columns(use_case, moment))
    score = ScorePages(templates, model, files, header)
    results = ResultPages(templates, files, TableViewer(use_case, moment))
    app.add_route("/", score.home, ["GET"])
    app.add_route("/score", score.score, ["POST"])
    app.add_route("/score/sample", score.score_sample, ["POST"])
    app.add_route("/sample.csv", score.sample, ["GET"])
    app.add_route("/template.csv", score.template, ["GET"])
    app.add_route("/results/{id}", results.result, ["GET"])
    app.add_route("/results/{id}/leads.csv", results.download, ["GET"])
    app.add_route("/docs", ApiPage(templates, model, api).show, ["GET"])
    app.mount("/static", StaticFiles(directory=STATIC))
