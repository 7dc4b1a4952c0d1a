"""The page Models: who serves and why, and the two changes that a person can make."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ml.contract.access import Role
from ml.contract.errors import LeadwiseError
from ml.contract.requests.problems import Problem
from ml.core.model_story import ModelStory, VersionStory
from ml.serving.access.callers import caller_of, require
from ml.serving.bodies import read_form
from ml.serving.console.figures import figure_rows
from ml.serving.console.models import Models
from ml.serving.console.reliability import reliability_lines
from ml.serving.templating import Templates

_FORM_BYTES = 4_000
_LONGEST_REASON = 500
_ENTRIES_SHOWN = 50
#: A card is a page of its own: it runs nothing, and says itself which one style it has.
_CARD_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; sandbox"
)


class ModelPages:
    """Looks at models, and changes which one serves.

    Parameters
    ----------
    templates : Templates
    models : Models
    """

    def __init__(self, templates: Templates, models: Models) -> None:
        self._templates, self._models = templates, models

    def show(self, request: Request) -> Response:
        """Answer `GET /models`."""
        return self._page(request, self._models.story())

    def card(self, request: Request) -> Response:
        """Answer `GET /models/{version}/card`."""
        page = self._models.card(request.path_params["version"])
        if page is None:
            raise Problem(404, "there is no model card of such a version; see the page Models")
        return HTMLResponse(page, headers={"content-security-policy": _CARD_POLICY})

    def ask_promote(self, request: Request) -> Response:
        """Answer `GET /models/promote`: what would happen."""
        require(request, Role.OPERATOR)
        story = self._models.story()
        if refused := story.objection or self._unready():
            return self._page(request, story, 409, refused=refused)
        return self._templates.page("promote.html", story=story, young=story.challenger)

    async def promote(self, request: Request) -> Response:
        """Answer `POST /models/promote`."""
        who = require(request, Role.OPERATOR).name
        version = (await read_form(request, _FORM_BYTES)).get("version", "")
        return await self._change(request, partial(self._models.promote, version, who=who))

    def ask_roll_back(self, request: Request) -> Response:
        """Answer `GET /models/rollback`: what would happen."""
        require(request, Role.OPERATOR)
        story = self._models.story()
        to = self._past(story, request.query_params.get("to", ""))
        if refused := self._unready():
            return self._page(request, story, 409, refused=refused)
        return self._templates.page("rollback.html", story=story, to=to)

    async def roll_back(self, request: Request) -> Response:
        """Answer `POST /models/rollback`."""
        who = require(request, Role.OPERATOR).name
        form = await read_form(request, _FORM_BYTES)
        change = partial(
            self._models.roll_back,
            form.get("to", ""),
            champion=form.get("champion", ""),
            who=who,
            reason=form.get("reason", "").strip()[:_LONGEST_REASON],
        )
        return await self._change(request, change)

    def _unready(self) -> str:
        """Have a change prepared; why none can be made, or nothing."""
        try:
            self._models.get_ready()
        except LeadwiseError as error:
            return str(error)
        return ""

    async def _change(self, request: Request, change: Callable[[], None]) -> Response:
        try:
            await run_in_threadpool(change)
        except LeadwiseError as error:
            story = await run_in_threadpool(self._models.story)
            return self._page(request, story, 409, refused=str(error))
        return RedirectResponse("/models?changed=1", 303)

    def _page(
        self, request: Request, story: ModelStory, status: int = 200, *, refused: str = ""
    ) -> Response:
        operator = caller_of(request).role >= Role.OPERATOR
        commands = self._models.commands
        return self._templates.page(
            "models.html",
            status,
            story=story,
            figures=figure_rows(story),
            lines=reliability_lines(story),
            refused=refused.rstrip("."),
            shown=_ENTRIES_SHOWN,
            changed="changed" in request.query_params and not refused,
            operator=operator,
            commands=commands,
            may_change=operator and commands is None,
        )

    @staticmethod
    def _past(story: ModelStory, version: str) -> VersionStory:
        found = next((one for one in story.past_champions if one.version == version), None)
        if found is None:
            raise Problem(404, "this version was never champion, or is champion now")
        return found
