"""The web application: its parts, each of which adds its own routes."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from functools import partial
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from ml.contract.moments import Moment
from ml.contract.names import PRODUCT
from ml.contract.requests.lead_requests import LeadReader
from ml.contract.settings import ServeSettings
from ml.contract.use_case import UseCase
from ml.serving import (
    health,
    invocations,
    leads_api,
    measured,
    models_api,
    pages,
    scoring_api,
    scoring_description,
)
from ml.serving.access.guarding import Access, guard
from ml.serving.admission import Admission
from ml.serving.console import routes as console
from ml.serving.console.models import Models
from ml.serving.console.monitoring import Monitor
from ml.serving.jobs import wiring as job_routes
from ml.serving.jobs.file_work import FileWork
from ml.serving.keeping import Keeping, Stores
from ml.serving.live_model import LiveModel, Packages
from ml.serving.long_lived import long_lived
from ml.serving.measured import Measured
from ml.serving.metrics import Metrics
from ml.serving.openapi import openapi
from ml.serving.refusals import Refusals
from ml.serving.result_store import RESULTS, ResultStore
from ml.serving.security_headers import SecurityHeaders
from ml.serving.served import Served
from ml.serving.short_turns import short_turns
from ml.serving.telling import Telling
from ml.serving.templating import STATIC, Templates


def create_app(  # noqa: PLR0913 - its parts are told apart by name
    *,
    use_case: UseCase,
    moment: Moment,
    packages: Packages,
    files: FileWork,
    stores: Stores,
    models: Models,
    monitor: Monitor,
    settings: ServeSettings,
    access: Access | None = None,
) -> FastAPI:
    """The API and the page over one model.

    Parameters
    ----------
    use_case : UseCase
    moment : Moment
        Chooses the model.
    packages : Packages
        Where scorers come from.
    files : FileWork
        Who scores files, and where jobs are kept.
    stores : Stores
        Where receipts, feedback and answers are kept.
    models : Models
        The versions of the model, for the page where they change places.
    monitor : Monitor
        What was seen of the model, decided and found.
    settings : ServeSettings
        The home, and the limits of uploads.
    access : Access, optional
        Who gets in; whoever is at this machine if not given.

    Returns
    -------
    FastAPI
    """
    model = LiveModel(packages, use_case.model_name(moment))
    metrics = Metrics(model)
    results = ResultStore(Path(settings.home) / RESULTS, use_case)
    keeping = Keeping(use_case, moment, settings, stores, metrics.keep, results)
    served = Served(
        use_case=use_case,
        moment=moment,
        settings=settings,
        model=model,
        metrics=metrics,
        reader=LeadReader(use_case.schema, moment),
        templates=Templates(use_case, moment, model),
        keeping=keeping,
        lifetimes=[short_turns, model.followed, *keeping.lifetimes],
    )
    if packages.deliver is not None:
        served.lifetimes.append(Telling(packages.deliver).running)
    app = _bare(served)
    refusals = Refusals(served.templates, served.metrics)
    refusals.register(app)
    api = scoring_api.add_routes(app, served, refusals.answer)
    invocations.add_routes(app, served, api)
    scoring_description.describe(served)
    leads_api.add_routes(app, served, packages.load)
    health.add_routes(app, served)
    measured.add_routes(app, served)
    desk = job_routes.add_routes(app, served, files, results)
    pages.add_routes(app, served, api, desk, files.sample)
    models_api.add_routes(app, served, models)
    console.add_routes(app, served, api, desk, models, monitor, packages.load)
    app.mount("/static", StaticFiles(directory=STATIC))
    served.lifetimes.append(long_lived)  # last, when all else has started
    guarded = guard(app, access or Access(), served.templates, refusals.answer)
    admitted = Admission(guarded, served.metrics.turned_away.inc)
    app.middleware_stack = SecurityHeaders(Measured(admitted, served.metrics, app.routes))
    return app


def _bare(served: Served) -> FastAPI:
    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with served.running():
            yield

    app = FastAPI(
        title=served.use_case.title,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.openapi = partial(openapi, served, release=version(PRODUCT))  # type: ignore[method-assign]
    return app
