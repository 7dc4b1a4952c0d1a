"""The page that sales people use: score a file, read the result, take it away."""

from __future__ import annotations

import csv
import io

import orjson
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ml.contract.requests.problems import Problem
from ml.contract.settings import ServeSettings
from ml.serving.capture import no_receipt
from ml.serving.file_names import attachment
from ml.serving.jobs.desk import JobDesk
from ml.serving.jobs.submissions import SAMPLE_NAME
from ml.serving.lead_model import example_lead, lead_columns
from ml.serving.lead_scorer import SampleLeads
from ml.serving.live_model import LiveModel
from ml.serving.result_csv import CSV, csv_response
from ml.serving.result_reasons import explain_rows
from ml.serving.result_table import TableViewer
from ml.serving.scoring_api import ScoringApi, serving
from ml.serving.served import Served
from ml.serving.table_query import TableQuery
from ml.serving.templating import Templates


class ScorePages:
    """Where files are taken in, and what helps to write one.

    Parameters
    ----------
    templates : Templates
    settings : ServeSettings
        Limits of uploads.
    sample : callable
        Makes a small CSV of made-up leads.
    header : tuple of str
        Header of the template file.
    """

    def __init__(
        self,
        templates: Templates,
        settings: ServeSettings,
        sample: SampleLeads,
        header: tuple[str, ...],
    ) -> None:
        self._templates, self._limits = templates, settings
        self._sample, self._header = sample, header

    async def home(self, request: Request) -> Response:
        """Answer `GET /`."""
        return self._templates.page("score.html", limits=self._limits, header=self._header)

    async def sample(self, request: Request) -> Response:
        """Answer `GET /sample.csv`."""
        return _download(await run_in_threadpool(self._sample), SAMPLE_NAME)

    async def template(self, request: Request) -> Response:
        """Answer `GET /template.csv`: the header that a file of leads needs."""
        text = io.StringIO(newline="")
        csv.writer(text).writerow(self._header)
        return _download(text.getvalue().encode(), "leads-template.csv")


class ResultPages:
    """A result to look at and to take away.

    Parameters
    ----------
    templates : Templates
    desk : JobDesk
    viewer : TableViewer
    model : LiveModel
        Says why the rows on a page score as they do.
    """

    def __init__(
        self, templates: Templates, desk: JobDesk, viewer: TableViewer, model: LiveModel
    ) -> None:
        self._templates, self._desk = templates, desk
        self._viewer, self._model = viewer, model

    def result(self, request: Request) -> Response:
        """Answer `GET /results/{id}`."""
        result = self._desk.result(request)
        query = TableQuery.read(request.query_params)
        explain = explain_rows(result, self._model)
        return self._templates.page(
            "results.html",
            result=result,
            query=query,
            page=self._viewer.page(self._desk.results.table(result.id), query, explain),
            explained=result.reasons > 0 or explain is not None,
            columns=self._viewer.columns,
            known="known" in request.query_params,
        )

    def download(self, request: Request) -> Response:
        """Answer `GET /results/{id}/leads.csv`."""
        result = self._desk.result(request)
        asked = request.query_params
        return csv_response(
            self._desk.results.path(result.id),
            result.name,
            excel="excel" in asked,
            explain=explain_rows(result, self._model) if "reasons" in asked else None,
        )


class ApiPage:
    """The API's description, for people.

    Parameters
    ----------
    templates : Templates
    model : LiveModel
    api : ScoringApi
        Answers the example, so that what the page shows is what callers get.
    """

    def __init__(self, templates: Templates, model: LiveModel, api: ScoringApi) -> None:
        self._templates, self._model, self._api = templates, model, api

    async def show(self, request: Request) -> Response:
        """Answer `GET /docs`."""
        use_case, moment = self._templates.use_case, self._templates.moment
        lead = example_lead(use_case, moment)
        return self._templates.page(
            "docs.html",
            columns=lead_columns(use_case, moment),
            request_json=_pretty(lead),
            answer_json=_pretty(self._answer(lead)),
            base=str(request.base_url).rstrip("/"),
        )

    def _answer(self, lead: object) -> object:
        try:
            return self._api.one(serving(self._model), lead, 3, no_receipt)
        except Problem as problem:
            return problem.to_dict()


def add_routes(
    app: FastAPI, served: Served, api: ScoringApi, desk: JobDesk, sample: SampleLeads
) -> None:
    """Add the pages Score and Results, and the page that describes the API."""
    columns = lead_columns(served.use_case, served.moment)
    header = tuple(column.source for column in columns)
    score = ScorePages(served.templates, served.settings, sample, header)
    viewer = TableViewer(served.use_case, served.moment)
    results = ResultPages(served.templates, desk, viewer, served.model)
    app.add_route("/", score.home, ["GET"])
    app.add_route("/sample.csv", score.sample, ["GET"])
    app.add_route("/template.csv", score.template, ["GET"])
    app.add_route("/results/{id}", results.result, ["GET"])
    app.add_route("/results/{id}/leads.csv", results.download, ["GET"])
    app.add_route("/docs", ApiPage(served.templates, served.model, api).show, ["GET"])


def _download(content: bytes, name: str) -> Response:
    headers = {"content-disposition": attachment(name)}
    return Response(content, media_type=CSV, headers=headers)


def _pretty(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
