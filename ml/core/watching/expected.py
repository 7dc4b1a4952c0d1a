"""How well a model should do by its own probabilities, before any outcome is known."""

from __future__ import annotations

import numpy as np

from ml.contract.watching import Signal, SignalState, Watched
from ml.core.columns import Floats
from ml.core.metrics import THRESHOLD, precision_at_10
from ml.core.watching.saying import told, untold


def expected_performance(
    probabilities: Floats, *, reference: Floats | None = None
) -> tuple[Signal, ...]:
    """AUC, accuracy and precision among the best tenth, as calibrated probabilities promise them.

    Parameters
    ----------
    probabilities : ndarray of shape (n_leads,)
        Of the leads of now; NaN is left out.
    reference : ndarray of shape (n_reference,) or None, default=None
        Probabilities of rows that the model had not seen: what it promised of those is expected.

    Returns
    -------
    tuple of Signal
        `expected_roc_auc`, `expected_accuracy`, `expected_precision_at_10`. They are never raised:
        what moves them has moved the scores, of which `prediction_signals` speaks.

    Notes
    -----
    Each lead counts as an event by its probability and as none by the rest, as in the
    confidence-based performance estimation of NannyML
    (https://nannyml.readthedocs.io/en/stable/how_it_works/performance_estimation.html), here in
    closed form. It holds while probabilities are calibrated. It sees a change of who the leads
    are; it is blind to a change of what becomes of like leads (concept drift), as only outcomes
    tell of that.

    Examples
    --------
    >>> signals = expected_performance(np.array([0.1] * 50 + [0.9] * 50))
    >>> [round(signal.value, 2) for signal in signals]
    [0.9, 0.9, 0.9]
    """
    now = _promised(probabilities)
    before = _promised(reference) if reference is not None else {}
    return tuple(_signal(name, value, before.get(name)) for name, value in now.items())


def _promised(probabilities: Floats) -> dict[str, float]:
    known = probabilities[np.isfinite(probabilities)]
    sure = np.where(known >= THRESHOLD, known, 1 - known)
    return {
        "expected_roc_auc": expected_auc(known),
        "expected_accuracy": float(sure.mean()) if known.size else np.nan,
        "expected_precision_at_10": precision_at_10(known, known) if known.size else np.nan,
    }


def _signal(name: str, value: float, expected: float | None) -> Signal:
    words = name.removeprefix("expected_").replace("_", " ")
    if not np.isfinite(value):
        says = f"The scores are too few or too alike to promise any {words}."
        return untold(Watched.PERFORMANCE, name, SignalState.INSUFFICIENT_DATA, says=says)
    says = f"By its own probabilities the model reaches a {words} of {value:.3f}."
    return told(Watched.PERFORMANCE, name, value, expected=expected, says=says)


def expected_auc(probabilities: Floats) -> float:
    """Chance that an event is ranked above a lead that is none, ties counting half.

    Parameters
    ----------
    probabilities : ndarray of shape (n_leads,)
        All finite.

    Returns
    -------
    float
        NaN where they rank nothing.

    Examples
    --------
    >>> expected_auc(np.array([0.0, 0.0, 1.0]))
    1.0
    """
    levels, places = np.unique(probabilities, return_inverse=True)
    if len(levels) < 2:
        return float("nan")
    events = np.bincount(places, weights=probabilities)
    others = np.bincount(places, weights=1 - probabilities)
    own = float(np.sum(probabilities * (1 - probabilities)))  # no lead is its own pair
    pairs = float(events.sum() * others.sum()) - own
    below = np.concatenate([[0.0], np.cumsum(others)[:-1]])
    won = float(np.sum(events * (below + others / 2))) - own / 2
    return won / pairs if pairs > 0 else float("nan")
