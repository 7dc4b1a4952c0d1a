"""Scored leads as a plan reads them: one array per fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.core.columns import Floats

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Leads:
    """Leads that could be worked.

    Parameters
    ----------
    ids : ndarray of str, shape (n_leads,)
    score, score_low, score_high : ndarray of int, shape (n_leads,)
        0 to 100, and the interval.
    band : ndarray of str, shape (n_leads,)
    probability, low, high : ndarray of shape (n_leads,)
        Of a win, and its interval.
    refused : mapping of str to ndarray of bool
        By way of contact: who asked not to be reached in it.
    outcome : ndarray of shape (n_leads,) or None
        What happened, where that is known already.
    """

    ids: npt.NDArray[np.object_]
    score: npt.NDArray[np.int64]
    score_low: npt.NDArray[np.int64]
    score_high: npt.NDArray[np.int64]
    band: npt.NDArray[np.object_]
    probability: Floats
    low: Floats
    high: Floats
    refused: Mapping[str, Flags]
    outcome: Floats | None = None

    def __len__(self) -> int:
        return len(self.probability)

    def closed(self, action: str | None) -> Flags:
        """Who cannot be reached by an action; without one, who cannot be reached in any way."""
        if not self.refused:
            return np.zeros(len(self), dtype=bool)
        if action is not None:
            return self.refused[action]
        return np.asarray(np.all(list(self.refused.values()), axis=0))

    def wishes(self, at: int) -> tuple[str, ...]:
        """Ways in which one lead asked not to be reached."""
        return tuple(action for action, asked in self.refused.items() if asked[at])
