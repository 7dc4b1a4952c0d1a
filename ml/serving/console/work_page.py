"""The page Work list, and the list to take away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ml.contract.requests.problems import Problem
from ml.core.spreadsheet import csv_chunks
from ml.serving.access.callers import caller_of
from ml.serving.console.team_leads import LeadsOfTeams
from ml.serving.console.work_list import SHOWN, WorkLists
from ml.serving.console.work_terms import WorkTerms
from ml.serving.file_names import attachment
from ml.serving.templating import Templates


class WorkPages:
    """Which leads to work today.

    Parameters
    ----------
    templates : Templates
    leads : LeadsOfTeams
    lists : WorkLists
    """

    def __init__(self, templates: Templates, leads: LeadsOfTeams, lists: WorkLists) -> None:
        self._templates, self._leads, self._lists = templates, leads, lists
        self._ways = tuple(wish.action for wish in templates.use_case.contact_wishes)
        self._worth = templates.use_case.value_per_win

    def _asked(self, request: Request) -> WorkTerms:
        return WorkTerms.read(request.query_params, self._ways, self._worth)

    async def show(self, request: Request) -> Response:
        """Answer `GET /worklist`."""
        asked = self._asked(request)
        return await run_in_threadpool(_again_if_gone, self._show, asked, request)

    def _show(self, asked: WorkTerms, request: Request) -> Response:
        team = self._leads.seen_by(caller_of(request))
        work = self._lists.of(team, asked) if team and not asked.wrong else None
        return self._templates.page(
            "worklist.html",
            400 if asked.wrong else 200,
            asked=asked,
            ways=self._ways,
            team=team,
            work=work,
            days_old=work.days_old(datetime.now(UTC)) if work else 0,
            shown=SHOWN,
        )

    async def download(self, request: Request) -> Response:
        """Answer `GET /worklist.csv`."""
        asked = self._asked(request)
        if asked.wrong:
            raise Problem(400, f"the work list cannot be made: {' '.join(asked.wrong.values())}")
        return await run_in_threadpool(_again_if_gone, self._download, asked, request)

    def _download(self, asked: WorkTerms, request: Request) -> Response:
        team = self._leads.seen_by(caller_of(request))
        if team is None:
            raise Problem(404, "no leads are scored yet; score a file first")
        table = self._lists.table(team, asked)
        return StreamingResponse(
            csv_chunks(table.to_batches(), table.schema),
            media_type="text/csv; charset=utf-8",
            headers={"content-disposition": attachment(f"work-list-{team.newest:%Y-%m-%d}.csv")},
        )


def _again_if_gone(
    answer: Callable[[WorkTerms, Request], Response], asked: WorkTerms, request: Request
) -> Response:
    """An answer; a file that was erased while it was read is not among the leads any more."""
    try:
        return answer(asked, request)
    except FileNotFoundError:
        return answer(asked, request)
