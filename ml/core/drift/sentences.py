"""Drift in plain words: the column, the figure, the threshold."""

from __future__ import annotations

from collections.abc import Sequence

from ml.contract.modelling import DriftPolicy
from ml.contract.records import ColumnDrift

_MOST_COLUMNS = 10
"""Named in one sentence; the record holds them all."""


def too_few_sentence(reference: int, current: int, policy: DriftPolicy) -> str:
    """Why nothing can be said yet."""
    if not reference:
        return "There are no reference rows to compare with; train and deploy a model first."
    return (
        f"{current} current and {reference} reference rows are too few to tell; "
        f"both need at least {policy.minimum_rows}."
    )


def share_sentence(drifts: Sequence[ColumnDrift], share: float, policy: DriftPolicy) -> str:
    """Which columns drifted, the strongest first, and how much of the model they carry.

    Examples
    --------
    >>> share_sentence([], 0.0, DriftPolicy())
    '0 of 0 columns drifted, weighing 0 % (a retrain is asked for from 20 % on).'
    """
    drifted = sorted((drift for drift in drifts if drift.drifted), key=lambda drift: -drift.psi)
    words = [column_words(drift, policy) for drift in drifted[:_MOST_COLUMNS]]
    if len(drifted) > len(words):
        words.append(f"and {len(drifted) - len(words)} more")
    return (
        f"{len(drifted)} of {len(drifts)} columns drifted, weighing {share * 100:.0f} % "
        f"(a retrain is asked for from {policy.drifted_share * 100:g} % on)"
        + (f": {'; '.join(words)}." if words else ".")
    )


def column_words(drift: ColumnDrift, policy: DriftPolicy) -> str:
    """One drifted column with its figures."""
    words = f"{drift.column} (PSI {drift.psi:.2f}, alarm from {policy.psi_alarm:g}"
    if abs(drift.missing_change) >= 0.01:
        words += f"; missing share {drift.missing_change * 100:+.0f} points"
    return words + ")"


def score_sentence(prediction_psi: float | None, policy: DriftPolicy) -> str:
    """How far the scores moved."""
    if prediction_psi is None:
        return "The scores were not compared: there is no model, or there are too few rows."
    return (
        f"The scores differ from those of the reference by a PSI of {prediction_psi:.2f} "
        f"(a retrain is asked for from {policy.prediction_psi_alarm:g} on)."
    )
