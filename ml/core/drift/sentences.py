"""Drift in plain words: the column, the figure, the threshold."""

from __future__ import annotations

from collections.abc import Sequence

from ml.contract.modelling import DriftPolicy
from ml.contract.records import ColumnDrift


def too_few_sentence(reference: int, current: int, policy: DriftPolicy) -> str:
    """Why nothing can be said yet."""
    if not reference:
        return "There are no reference rows to compare with; train and deploy a model first."
    return (
        f"{current} current and {reference} reference rows are too few to tell; "
        f"both need at least {policy.minimum_rows}."
    )


def share_sentence(drifts: Sequence[ColumnDrift], share: float, policy: DriftPolicy) -> str:
    """Which columns drifted, the strongest first, and how much of the model they carry."""
    drifted = sorted((drift for drift in drifts if drift.drifted), key=lambda drift: -drift.psi)
    listed = "; ".join(column_words(drift, policy) for drift in drifted)
    return (
        f"{len(drifted)} of {len(drifts)} columns drifted, weighing {share:.0%} "
        f"(retrain from {policy.drifted_share:.0%} on): {listed}."
    )


def column_words(drift: ColumnDrift, policy: DriftPolicy) -> str:
    """One drifted column with its figures."""
    words = f"{drift.column} (PSI {drift.psi:.2f}, alarm from {policy.psi_alarm:g}"
    if abs(drift.missing_change) >= 0.01:
        words += f"; missing {drift.missing_change * 100:+.0f} points"
    return words + ")"


def score_sentence(prediction_psi: float, policy: DriftPolicy) -> str:
    """How far the scores moved."""
    return (
        f"The scores are distributed differently: PSI {prediction_psi:.2f} "
        f"(retrain from {policy.prediction_psi_alarm:g} on)."
    )
