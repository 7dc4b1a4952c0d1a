"""Why rows of a scored file have their scores: asked when somebody looks, of the model in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from ml.core.scored_table import JOINER
from ml.serving.lead_scorer import LeadScorer
from ml.serving.live_model import LiveModel

_WAYS = ("reasons_for", "reasons_against")
#: Reasons in each direction.
MOST = 3


class RowReasons:
    """Gives rows their reasons.

    Parameters
    ----------
    model : LiveModel
    """

    def __init__(self, model: LiveModel) -> None:
        self._model = model

    def filled(self, rows: pa.Table, version: str) -> pa.Table:
        """Rows with reasons where they have none; a few at a time, each costs a millisecond.

        Parameters
        ----------
        rows : pyarrow.Table
            Of a scored table.
        version : str
            What scored them. Another version would give other reasons, so it is not asked.
        """
        live = self._model.live
        if live is None or live.version != version:
            return rows
        why = [_why(live.scorer, row) for row in rows.to_pylist()]
        for name in _WAYS:
            column = pa.array([of[name] for of in why], pa.string())
            rows = rows.set_column(rows.column_names.index(name), name, column)
        return rows


def _why(scorer: LeadScorer, row: Mapping[str, Any]) -> Mapping[str, str]:
    if any(row[name] for name in _WAYS):
        return {name: row[name] or "" for name in _WAYS}
    told = scorer.score_record(row, reasons=MOST).to_dict()
    return {name: JOINER.join(reason["text"] for reason in told[name]) for name in _WAYS}
