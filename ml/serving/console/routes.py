"""Which address leads to which page of the console."""

from __future__ import annotations

from fastapi import FastAPI

from ml.serving.console.form_page import FormPages
from ml.serving.console.lead_page import LeadPages
from ml.serving.console.lead_rows import LeadRows
from ml.serving.console.lead_view import LeadViews
from ml.serving.console.model_pages import ModelPages
from ml.serving.console.models import Models
from ml.serving.console.monitor_pages import MonitorPages
from ml.serving.console.monitoring import Monitor
from ml.serving.console.navigation import plans
from ml.serving.console.team_leads import LeadsOfTeams
from ml.serving.console.work_list import WorkLists
from ml.serving.console.work_page import WorkPages
from ml.serving.jobs.desk import JobDesk
from ml.serving.lead_scorer import LoadScorer
from ml.serving.replay import Replayer
from ml.serving.result_table import TableViewer
from ml.serving.scoring_api import ScoringApi
from ml.serving.served import Served


def add_routes(
    app: FastAPI,
    served: Served,
    api: ScoringApi,
    desk: JobDesk,
    models: Models,
    monitor: Monitor,
    load: LoadScorer,
) -> None:
    """Add Work list, where the task has wins to plan for, Lead with its form, Models, Monitor."""
    _add_lead(app, served, api, load)
    if plans(served.use_case):
        _add_work_list(app, served, desk)
    pages = ModelPages(served.templates, models)
    app.add_route("/models", pages.show, ["GET"])
    app.add_route("/models/promote", pages.ask_promote, ["GET"])
    app.add_route("/models/promote", pages.promote, ["POST"])
    app.add_route("/models/rollback", pages.ask_roll_back, ["GET"])
    app.add_route("/models/rollback", pages.roll_back, ["POST"])
    app.add_route("/models/{version}/card", pages.card, ["GET"])
    _add_monitor(app, MonitorPages(served, monitor))


def _add_monitor(app: FastAPI, pages: MonitorPages) -> None:
    app.add_route("/monitor", pages.monitor, ["GET"])
    app.add_route("/monitor/close", pages.ask_close, ["GET"])
    app.add_route("/monitor/close", pages.close, ["POST"])
    app.add_route("/drift", pages.drift, ["GET"])
    app.add_route("/drift/report", pages.report, ["GET"])
    app.add_route("/investigate", pages.investigate, ["GET"])


def _add_work_list(app: FastAPI, served: Served, desk: JobDesk) -> None:
    viewer = TableViewer(served.use_case, served.moment)
    rows = LeadRows(served.use_case, desk.results, viewer, served.model)
    lists = WorkLists(served.use_case, viewer, rows)
    leads = LeadsOfTeams(served.use_case, desk.results, served.keeping.history)
    pages = WorkPages(served.templates, leads, lists)
    app.add_route("/worklist", pages.show, ["GET"])
    app.add_route("/worklist.csv", pages.download, ["GET"])


def _add_lead(app: FastAPI, served: Served, api: ScoringApi, load: LoadScorer) -> None:
    known = served.keeping.history
    replayer = Replayer(served.keeping.package, load, lambda: served.model.live)
    views = LeadViews(served.use_case, known, served.model, replayer)
    pages = LeadPages(served.templates, views, known)
    if served.settings.receipts_waiting:  # it leads on to a page that is made of receipts
        form = FormPages(served.templates, served.model, api)
        app.add_route("/lead", form.show, ["GET"])
        app.add_route("/lead", form.score, ["POST"])
    app.add_route("/leads/{id:path}/feedback", pages.say, ["POST"])
    app.add_route("/leads/{id:path}", pages.show, ["GET"])
