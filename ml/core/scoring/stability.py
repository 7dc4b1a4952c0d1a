"""Whether a lead gets the same reasons when the model is fitted again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml.core.scoring.reasons import Reasons


def top_overlap(one: Sequence[Reasons], other: Sequence[Reasons], *, top: int = 3) -> float:
    """Share of the strongest reasons that two models have in common, over leads.

    Parameters
    ----------
    one, other : sequence of Reasons
        Of the same leads, by two models; at least `top` each way.
    top : int, default=3
        Strongest concepts of a lead, whichever way they move its score.

    Returns
    -------
    float
        1 where both always name the same concepts, in any order. A lead with fewer concepts
        than `top` is compared by those that it has.
    """
    pairs = [
        (_strongest(ours, top), _strongest(theirs, top))
        for ours, theirs in zip(one, other, strict=True)
    ]
    return float(np.mean([_shared(*pair) for pair in pairs]))


def _strongest(reasons: Reasons, top: int) -> set[str]:
    told = sorted((*reasons.up, *reasons.down), key=lambda reason: -abs(reason.points))
    return {reason.concept for reason in told[:top]}


def _shared(ours: set[str], theirs: set[str]) -> float:
    most = max(len(ours), len(theirs))
    return len(ours & theirs) / most if most else 1.0
