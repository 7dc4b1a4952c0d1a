"""The page Lead: one lead's score, why, what it was before, and what people say of it."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ml.contract.feedback import FeedbackVerdict
from ml.core.scoring.certainty import Certainty
from ml.serving.access.callers import caller_of
from ml.serving.bodies import read_form
from ml.serving.console.lead_view import LeadViews
from ml.serving.feedback_reader import FeedbackReader
from ml.serving.lead_history import LeadHistory
from ml.serving.leads_api import unknown_lead
from ml.serving.templating import Templates

_FORM_BYTES = 20_000
#: What the certainty of a score means, in words that promise no more than was measured.
CERTAINTY_WORDS: dict[str | None, tuple[str, str]] = {
    Certainty.LIKELY: ("Likely", "Of those that turn out otherwise, at most one in ten is told so"),
    Certainty.UNLIKELY: (
        "Unlikely",
        "Of those that turn out otherwise, at most one in ten is told so",
    ),
    Certainty.OPEN: ("Still open", "Of those like this one, some go either way"),
}
VERDICT_WORDS = {
    FeedbackVerdict.UP: "The score is right",
    FeedbackVerdict.DOWN: "The score is wrong",
    FeedbackVerdict.WORKED: "Worked",
    FeedbackVerdict.WON: "Won",
    FeedbackVerdict.LOST: "Lost",
}


class LeadPages:
    """Looks at a lead, and takes down what people say of it.

    Parameters
    ----------
    templates : Templates
    views : LeadViews
    history : LeadHistory
    """

    def __init__(self, templates: Templates, views: LeadViews, history: LeadHistory) -> None:
        self._templates, self._views = templates, views
        self._history, self._reader = history, FeedbackReader(history)

    def show(self, request: Request) -> Response:
        """Answer `GET /leads/{id}`."""
        view = self._views.find(request.path_params["id"], caller_of(request))
        if view is None:
            raise unknown_lead()
        return self._templates.page(
            "lead.html",
            view=view,
            told=view.told,
            certainty=CERTAINTY_WORDS.get(view.told.get("certainty")),
            verdicts=VERDICT_WORDS,
        )

    async def say(self, request: Request) -> Response:
        """Answer `POST /leads/{id}/feedback`, of the form on the page."""
        form = await read_form(request, _FORM_BYTES)
        lead = request.path_params["id"]
        await run_in_threadpool(self._say, request, lead, form)
        return RedirectResponse(f"{request.url.path.removesuffix('/feedback')}#feedback", 303)

    def _say(self, request: Request, lead: str, form: dict[str, str]) -> None:
        caller = caller_of(request)
        given = {name: text for name, text in form.items() if text}
        verdict, comment, about = self._reader.read(lead, caller, given)
        said = self._history.say(lead, caller, verdict, comment=comment, about=about)
        if said is None:
            raise unknown_lead()
