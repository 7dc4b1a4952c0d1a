"""A lead as the page about it shows it: the newest score, why, and what came before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ml.contract.access import Caller
from ml.contract.receipts import Receipt
from ml.contract.use_case import UseCase
from ml.serving.console.lead_changes import Entered, HistoryStep, entered, history
from ml.serving.lead_history import LeadHistory, LeadStory
from ml.serving.live_model import LiveModel
from ml.serving.replay import Replayer

_REASONS = 5
_WAYS = ("reasons_for", "reasons_against")


@dataclass(frozen=True, kw_only=True)
class LeadView:
    """One lead.

    Parameters
    ----------
    lead : str
    at : datetime
        When it was scored last.
    source : str
        File that it came in; empty for a program that asked.
    told : mapping
        The score as scorers tell it: score, band, its interval, certainty, doubts and reasons, as
        far as they are known.
    version : str
        Which model said so.
    cells : tuple of Entered
        What was entered.
    history : tuple of HistoryStep
        Its scores, newest first.
    story : LeadStory
        With what people said of it.
    """

    lead: str
    at: datetime
    source: str
    told: Mapping[str, Any]
    version: str
    cells: tuple[Entered, ...]
    history: tuple[HistoryStep, ...]
    story: LeadStory


class LeadViews:
    """Finds leads among all that the caller saw scored.

    Parameters
    ----------
    use_case : UseCase
    history : LeadHistory
    model : LiveModel
    replayer : Replayer
        Says why a score was, whichever version gave it.
    """

    def __init__(
        self, use_case: UseCase, history: LeadHistory, model: LiveModel, replayer: Replayer
    ) -> None:
        self._use_case, self._history = use_case, history
        self._model, self._replayer = model, replayer

    def find(self, lead: str, caller: Caller) -> LeadView | None:
        """A lead, by the newest score that the caller may see; None if there is none."""
        story = self._history.story(lead, caller)
        return self._of(story, story.receipts[0]) if story and story.receipts else None

    def _of(self, story: LeadStory, newest: Receipt) -> LeadView:
        return LeadView(
            lead=story.lead,
            at=newest.at,
            source=self._history.source(newest),
            told=self._told(newest) | {"score": newest.score, "band": newest.band},
            version=newest.version,
            cells=entered(newest.cells, self._use_case.schema),
            history=tuple(history(story.receipts, self._use_case.schema)),
            story=story,
        )

    def _told(self, receipt: Receipt) -> dict[str, Any]:
        """All that the model in force says if it gave this score, else the reasons of then."""
        live = self._model.live
        if live is not None and live.sha256 == receipt.package_sha256:
            return live.scorer.score_record(receipt.cells, reasons=_REASONS).to_dict()
        why = self._replayer.why(receipt)
        return {name: why[name] or [] for name in _WAYS}
