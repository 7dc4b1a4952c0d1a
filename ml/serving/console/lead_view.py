"""A lead as the page about it shows it: the newest score, why, and what came before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow.compute as pc

from ml.contract.receipts import Receipt
from ml.contract.use_case import UseCase
from ml.core.planning.scored_leads import header_of, scored_rows
from ml.core.scored_table import JOINER
from ml.serving.console.lead_changes import Entered, HistoryStep, entered, history
from ml.serving.console.scored_files import ScoredFile
from ml.serving.lead_history import LeadHistory, LeadStory
from ml.serving.live_model import LiveModel
from ml.serving.replay import Replayer
from ml.serving.result_store import ResultStore

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
        Its scores, newest first; of a lead that only a file knows there are none.
    story : LeadStory or None
        With what people said of it.
    """

    lead: str
    at: datetime
    source: str
    told: Mapping[str, Any]
    version: str
    cells: tuple[Entered, ...]
    history: tuple[HistoryStep, ...]
    story: LeadStory | None


class LeadViews:
    """Finds leads among receipts and in the newest scored file.

    Parameters
    ----------
    use_case : UseCase
    history : LeadHistory
    results : ResultStore
    model : LiveModel
    replayer : Replayer
        Says why a score was, whichever version gave it.
    """

    def __init__(
        self,
        use_case: UseCase,
        history: LeadHistory,
        results: ResultStore,
        model: LiveModel,
        replayer: Replayer,
    ) -> None:
        self._use_case, self._history, self._results = use_case, history, results
        self._model, self._replayer = model, replayer

    def find(self, lead: str, file: ScoredFile | None) -> LeadView | None:
        """A lead, by whichever score of it is the newest; None if there is no score of it."""
        story = self._history.story(lead)
        row = self._row(lead, file) if file else None
        if story and story.receipts and not (row and file and file.at > story.receipts[0].at):
            return self._of_receipt(story, story.receipts[0])
        return self._of_row(lead, file, row, story) if row and file else None

    def _of_receipt(self, story: LeadStory, newest: Receipt) -> LeadView:
        told = self._again(newest.cells, newest.version)
        if told is None:
            why = self._replayer.why(newest)
            told = {name: why[name] or [] for name in _WAYS}
        return LeadView(
            lead=story.lead,
            at=newest.at,
            source="",
            told=told | {"score": newest.score, "band": newest.band},
            version=newest.version,
            cells=entered(newest.cells, self._use_case.schema),
            history=tuple(history(story.receipts, self._use_case.schema)),
            story=story,
        )

    def _of_row(
        self, lead: str, file: ScoredFile, row: Mapping[str, Any], story: LeadStory | None
    ) -> LeadView:
        kept = {name: _reasons(row[name]) for name in _WAYS}
        told = self._again(row, file.result.version) or {**row, **kept, "low_confidence_why": []}
        return LeadView(
            lead=lead,
            at=file.at,
            source=file.result.name,
            told=told,
            version=file.result.version,
            cells=entered(row, self._use_case.schema),
            history=tuple(history(story.receipts, self._use_case.schema)) if story else (),
            story=story,
        )

    def _again(self, cells: Mapping[str, Any], version: str) -> dict[str, Any] | None:
        """All that the model in force says, if it is the one that scored these cells."""
        live = self._model.live
        if live is None or live.version != version:
            return None
        return live.scorer.score_record(cells, reasons=_REASONS).to_dict()

    def _row(self, lead: str, file: ScoredFile) -> dict[str, Any] | None:
        table = self._results.table(file.result.id)
        header = header_of(table, self._use_case.schema.id)
        found = scored_rows(table.filter(pc.equal(table[header], lead)))
        rows: list[dict[str, Any]] = found.slice(0, 1).to_pylist()
        return rows[0] if rows else None


def _reasons(text: str | None) -> list[dict[str, Any]]:
    return [{"text": reason, "points": None} for reason in (text or "").split(JOINER) if reason]
