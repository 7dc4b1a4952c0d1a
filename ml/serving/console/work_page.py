"""The page Work list, and the list to take away."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ml.contract.requests.problems import Problem
from ml.core.spreadsheet import csv_chunks
from ml.serving.console.scored_files import newest_file
from ml.serving.console.work_list import SHOWN, WorkLists
from ml.serving.console.work_terms import WorkTerms
from ml.serving.file_names import attachment
from ml.serving.jobs.desk import JobDesk
from ml.serving.templating import Templates


class WorkPages:
    """Which leads to work today.

    Parameters
    ----------
    templates : Templates
    desk : JobDesk
    lists : WorkLists
    """

    def __init__(self, templates: Templates, desk: JobDesk, lists: WorkLists) -> None:
        self._templates, self._desk, self._lists = templates, desk, lists
        self._ways = tuple(wish.action for wish in templates.use_case.contact_wishes)

    async def show(self, request: Request) -> Response:
        """Answer `GET /worklist`."""
        asked = WorkTerms.read(request.query_params, self._ways)
        return await run_in_threadpool(self._show, asked, request)

    def _show(self, asked: WorkTerms, request: Request) -> Response:
        newest = newest_file(self._desk, request)
        work = self._lists.of(newest, asked) if newest and not asked.wrong else None
        return self._templates.page(
            "worklist.html",
            400 if asked.wrong else 200,
            asked=asked,
            ways=self._ways,
            file=newest,
            work=work,
            days_old=work.days_old(datetime.now(UTC)) if work else 0,
            shown=SHOWN,
        )

    async def download(self, request: Request) -> Response:
        """Answer `GET /worklist.csv`."""
        asked = WorkTerms.read(request.query_params, self._ways)
        newest = await run_in_threadpool(newest_file, self._desk, request)
        if asked.wrong:
            raise Problem(400, f"the work list cannot be made: {' '.join(asked.wrong.values())}")
        if newest is None:
            raise Problem(404, "no leads are scored yet; score a file first")
        table = await run_in_threadpool(self._lists.table, newest, asked)
        day = f"{newest.at:%Y-%m-%d}"
        return StreamingResponse(
            csv_chunks(table.to_batches(), table.schema),
            media_type="text/csv; charset=utf-8",
            headers={"content-disposition": attachment(f"work-list-{day}.csv")},
        )
