"""What the columns and the scores say together: all is well, retrain, or too little to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ml.contract.modelling import DriftPolicy
from ml.contract.names import DriftState
from ml.contract.records import ColumnDrift, RetrainRequest
from ml.contract.schema import Column
from ml.core.drift.columns import compare_columns
from ml.core.drift.model_view import ModelView
from ml.core.drift.psi import psi
from ml.core.drift.sentences import score_sentence, share_sentence, too_few_sentence


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The decision and what it rests on.

    Parameters
    ----------
    state : DriftState
        `DRIFTED` exactly when a retrain is asked for.
    columns : tuple of ColumnDrift
        One per column; empty where there is too little data to judge any.
    drifted_share, prediction_psi : float or None
        The two figures that policies bound; None where it could not be told.
    reasons : tuple of str
        Sentences for people: why to retrain.
    notes : tuple of str
        Sentences about what was seen but is no reason to retrain, or could not be told.
    """

    state: DriftState
    columns: tuple[ColumnDrift, ...] = ()
    drifted_share: float | None = None
    prediction_psi: float | None = None
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def figures(self) -> dict[str, float]:
        """The two figures that policies bound, where they could be told."""
        told = {"drifted_share": self.drifted_share, "prediction_psi": self.prediction_psi}
        return {name: figure for name, figure in told.items() if figure is not None}

    def metrics(self) -> dict[str, float]:
        """Every figure by a flat name, as trackers want them."""
        kinds = ("psi", "p_value", "missing_change")
        of_columns = {
            f"{kind}_{drift.column}": float(getattr(drift, kind))
            for drift in self.columns
            for kind in kinds
        }
        return self.figures() | of_columns

    def request(self, use_case: str, moment: str) -> RetrainRequest | None:
        """A request to train again, if the state asks for it."""
        if self.state is not DriftState.DRIFTED:
            return None
        return RetrainRequest(
            use_case=use_case, moment=moment, reasons=self.reasons, figures=self.figures()
        )


def judge(
    reference: pa.Table | None,
    current: pa.Table,
    *,
    columns: Sequence[Column],
    policy: DriftPolicy,
    model: ModelView | None = None,
) -> Judgement:
    """Whether the current rows still look like those that the model learned from.

    Parameters
    ----------
    reference : Table or None
        Cleaned training rows, if there are any.
    current : Table
        Cleaned rows of now.
    columns : sequence of Column
        Columns that the model sees.
    policy : DriftPolicy
        What counts as drift, and from when on it asks for a retrain.
    model : ModelView or None, default=None
        What the model in force makes of the rows; without it only the data is judged, and all
        columns weigh the same.

    Returns
    -------
    Judgement
        `INSUFFICIENT_DATA` where either side has fewer than `policy.minimum_rows` rows: silence
        is no proof of health.

    Examples
    --------
    >>> judge(None, pa.table({}), columns=[], policy=DriftPolicy()).state
    <DriftState.INSUFFICIENT_DATA: 'INSUFFICIENT_DATA'>
    """
    known = 0 if reference is None else reference.num_rows
    if reference is None or min(known, current.num_rows) < policy.minimum_rows:
        lacking = too_few_sentence(known, current.num_rows, policy)
        return Judgement(state=DriftState.INSUFFICIENT_DATA, notes=(lacking,))
    drifts = compare_columns(reference, current, columns, policy)
    share = drifted_share(drifts, model.importance if model else None)
    prediction = psi(model.reference, model.current) if model else None
    told = {
        share_sentence(drifts, share, policy): share >= policy.drifted_share,
        score_sentence(prediction, policy): (prediction or 0.0) >= policy.prediction_psi_alarm,
    }
    reasons = tuple(sentence for sentence, asks in told.items() if asks)
    return Judgement(
        state=DriftState.DRIFTED if reasons else DriftState.OK,
        columns=drifts,
        drifted_share=share,
        prediction_psi=prediction,
        reasons=reasons,
        notes=tuple(sentence for sentence, asks in told.items() if not asks),
    )


def drifted_share(
    drifts: Sequence[ColumnDrift], importance: Mapping[str, float] | None = None
) -> float:
    """Share of drifted columns, weighted by importance.

    Parameters
    ----------
    drifts : sequence of ColumnDrift
        Judged columns.
    importance : mapping of str to float or None, default=None
        Weights by column, not negative; a column without one weighs nothing. Equal weights where
        absent or all zero.

    Returns
    -------
    float
        0 to 1; 0 without columns.
    """
    weights = np.array([max(0.0, (importance or {}).get(drift.column, 0.0)) for drift in drifts])
    if not weights.sum() > 0:
        weights = np.ones(len(drifts))
    drifted = np.array([drift.drifted for drift in drifts], dtype=bool)
    return float(weights[drifted].sum() / weights.sum()) if drifts else 0.0
