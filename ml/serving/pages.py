"""The page that sales people use: score a file, read the result, take it away."""

from __future__ import annotations

import csv
import io
from itertools import chain
from pathlib import Path

import orjson
import pyarrow.parquet as pq
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from ml.contract.requests.problems import Problem
from ml.core.spreadsheet import csv_chunks
from ml.serving.file_names import attachment, scored_name
from ml.serving.file_scoring import SAMPLE_NAME, FileScoring
from ml.serving.lead_scorer import SampleLeads, ScoreFile
from ml.serving.live_model import LiveModel
from ml.serving.lead_model import example_lead, lead_columns
from ml.serving.result_store import Result, ResultStore
from ml.serving.result_table import TableViewer
from ml.serving.scoring_api import ScoringApi, serving
from ml.serving.served import Served
from ml.serving.table_query import TableQuery
from ml.serving.templating import Templates
from ml.serving.uploads import received, refuse_other_sites

_CSV = "text/csv; charset=utf-8"
_HTMX = "hx-request"
_ROWS_AT_ONCE = 5_000
#: By which Excel recognises UTF-8.
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class ScorePages:
    """From the form to a result.

    Parameters
    ----------
    templates : Templates
    model : LiveModel
    files : FileScoring
    header : tuple of str
        Header of the template file.
    """

    def __init__(
        self, templates: Templates, model: LiveModel, files: FileScoring, header: tuple[str, ...]
    ) -> None:
        self._templates, self._model, self._files, self._header = templates, model, files, header

    async def home(self, request: Request) -> Response:
        """Answer `GET /`."""
        limits = self._files.settings
        return self._templates.page("score.html", limits=limits, header=self._header)

    async def score(self, request: Request) -> Response:
        """Answer `POST /score`: score the uploaded file and lead to its result."""
        refuse_other_sites(request)
        most = self._files.settings.upload_megabytes
        async with received(request, self._files.folder, most) as upload:
            version = serving(self._model).version
            result, known = await run_in_threadpool(self._files.score, upload, version)
        return _lead_to(request, result, known)

    async def score_sample(self, request: Request) -> Response:
        """Answer `POST /score/sample`: score made-up leads."""
        refuse_other_sites(request)
        version = serving(self._model).version
        result, known = await run_in_threadpool(self._files.score_sample, version)
        return _lead_to(request, result, known)

    async def sample(self, request: Request) -> Response:
        """Answer `GET /sample.csv`."""
        return _download(await run_in_threadpool(self._files.sample), SAMPLE_NAME)

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
    files : FileScoring
    viewer : TableViewer
    """

    def __init__(self, templates: Templates, files: FileScoring, viewer: TableViewer) -> None:
        self._templates, self._store, self._viewer = templates, files.store, viewer

    async def result(self, request: Request) -> Response:
        """Answer `GET /results/{id}`."""
        return await run_in_threadpool(self._result, self._find(request), request)

    def _result(self, result: Result, request: Request) -> Response:
        query = TableQuery.read(request.query_params)
        return self._templates.page(
            "results.html",
            result=result,
            query=query,
            page=self._viewer.page(self._store.table(result.id), query),
            columns=self._viewer.columns,
            known="known" in request.query_params,
        )

    async def download(self, request: Request) -> Response:
        """Answer `GET /results/{id}/leads.csv`."""
        result = self._find(request)
        file = pq.ParquetFile(self._store.path(result.id))
        chunks = csv_chunks(file.iter_batches(_ROWS_AT_ONCE), file.schema_arrow)
        mark = [_BYTE_ORDER_MARK] if "excel" in request.query_params else []
        headers = {"content-disposition": attachment(scored_name(result.name))}
        return StreamingResponse(chain(mark, chunks), media_type=_CSV, headers=headers)

    def _find(self, request: Request) -> Result:
        result = self._store.find(request.path_params["id"])
        if result is None:
            raise Problem(404, "there is no such result; score the file again to get a new one")
        return result


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
            return self._api.one(serving(self._model), lead, 3)
        except Problem as problem:
            return problem.to_dict()


def add_routes(
    app: FastAPI, served: Served, api: ScoringApi, *, score_file: ScoreFile, sample: SampleLeads
) -> None:
    """Add the pages Score and Results, and the page that describes the API."""
    home = Path(served.settings.home) / "serving"
    files = FileScoring(
        store=ResultStore(home / "results"),
        score_file=score_file,
        sample=sample,
        settings=served.settings,
        folder=home / "uploads",
    )
    columns = lead_columns(served.use_case, served.moment)
    header = tuple(column.source for column in columns)
    score = ScorePages(served.templates, served.model, files, header)
    results = ResultPages(served.templates, files, TableViewer(served.use_case, served.moment))
    app.add_route("/", score.home, ["GET"])
    app.add_route("/score", score.score, ["POST"])
    app.add_route("/score/sample", score.score_sample, ["POST"])
    app.add_route("/sample.csv", score.sample, ["GET"])
    app.add_route("/template.csv", score.template, ["GET"])
    app.add_route("/results/{id}", results.result, ["GET"])
    app.add_route("/results/{id}/leads.csv", results.download, ["GET"])
    app.add_route("/docs", ApiPage(served.templates, served.model, api).show, ["GET"])


def _lead_to(request: Request, result: Result, known: bool) -> Response:
    address = f"/results/{result.id}" + ("?known=1" if known else "")
    if _HTMX in request.headers:
        return Response(status_code=204, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def _download(content: bytes, name: str) -> Response:
    headers = {"content-disposition": attachment(name)}
    return Response(content, media_type=_CSV, headers=headers)


def _pretty(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
