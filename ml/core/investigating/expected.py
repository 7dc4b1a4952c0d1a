"""What probabilities promise of themselves, before any outcome is known."""

from __future__ import annotations

import numpy as np

from ml.core.columns import Floats


def expected_auc(predicted: Floats) -> float | None:
    """AUC that probabilities reach if they are right; None where they rank nothing.

    Every pair of leads counts by how likely the first is an event and the second is none; ties
    count half. This is the confidence-based estimate of performance of NannyML, in closed form.

    Parameters
    ----------
    predicted : ndarray of shape (n_leads,)
        Probabilities.

    Examples
    --------
    >>> round(expected_auc(np.array([0.0, 0.0, 1.0])), 3), expected_auc(np.array([0.5, 0.5]))
    (1.0, None)
    """
    known = predicted[np.isfinite(predicted)]
    levels, places = np.unique(known, return_inverse=True)
    if len(levels) < 2:
        return None
    events = np.bincount(places, weights=known)
    others = np.bincount(places, weights=1 - known)
    # No lead is its own pair.
    own = float(np.sum(known * (1 - known)))
    pairs = float(events.sum() * others.sum()) - own
    below = np.concatenate([[0.0], np.cumsum(others)[:-1]])
    won = float(np.sum(events * (below + others / 2))) - own / 2
    return won / pairs if pairs > 0 else None
