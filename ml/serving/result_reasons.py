"""Reasons for the rows that a person looks at, worked out when they look.

Reasons cost some forty times what the score does: for a whole file they are made on request only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml.core.scored_table import JOINER
from ml.serving.live_model import LiveModel, LiveScorer
from ml.serving.result_store import Result
from ml.serving.result_table import Explain

REASONS = 3


def explain_rows(result: Result, model: LiveModel) -> Explain | None:
    """What gives a row of the result its reasons.

    Parameters
    ----------
    result : Result
    model : LiveModel

    Returns
    -------
    callable or None
        None where the result has reasons already, and where another version serves by now: it
        would explain scores that it did not give.
    """
    return None if result.reasons else explain_as(result.version, model)


def explain_as(version: str, model: LiveModel) -> Explain | None:
    """What gives rows that this version scored their reasons; None where another serves by now."""
    live = model.live
    if live is None or live.version != version:
        return None

    def explain(cells: Mapping[str, str | None]) -> tuple[str, str]:
        return _reasons(live, cells)

    return explain


def _reasons(live: LiveScorer, cells: Mapping[str, str | None]) -> tuple[str, str]:
    told = live.scorer.score_record(cells, reasons=REASONS).to_dict()
    return _joined(told["reasons_for"]), _joined(told["reasons_against"])


def _joined(reasons: list[dict[str, Any]]) -> str:
    return JOINER.join(reason["text"] for reason in reasons)
