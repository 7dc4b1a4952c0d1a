"""Conformal limits: how far to go so that new rows are covered nine times in ten.

Vovk, Gammerman and Shafer 2005, "Algorithmic Learning in a Random World": split conformal
prediction, per class (Mondrian) for a binary task. Nothing is assumed of the model; only that
new leads come from where the held-out ones came from.
"""

from __future__ import annotations

import math

import numpy as np

from ml.core.columns import Floats

#: Share of rows that the limits cover.
LEVEL = 0.9


def likely_from(events: Floats) -> float:
    """Least prediction at which an event is possible.

    Parameters
    ----------
    events : ndarray of shape (n_events,)
        Predictions of rows where the event happened, each by a model without the row.

    Returns
    -------
    float
        Below it lie at most 10 % of events to come; 0 where there are too few to say.

    Examples
    --------
    >>> likely_from(np.arange(1, 20) / 20)
    0.1
    """
    place = math.floor((1 - LEVEL) * (len(events) + 1) + 1e-9)
    return float(np.sort(events)[place - 1]) if place else 0.0


def unlikely_to(others: Floats) -> float:
    """Highest prediction at which it is possible that nothing happens.

    Parameters
    ----------
    others : ndarray of shape (n_others,)
        Predictions of rows where the event did not happen.

    Examples
    --------
    >>> unlikely_to(np.arange(1, 20) / 20)
    0.9
    """
    return 1.0 - likely_from(1.0 - others)


def most_distance(outcome: Floats, predicted: Floats) -> float:
    """How far ratings lie from what was predicted, at most, nine times in ten.

    Returns
    -------
    float
        The whole range of what was seen where there are too few rows to say.
    """
    errors = np.sort(np.abs(outcome - predicted))
    place = math.ceil(LEVEL * (len(errors) + 1) - 1e-9)
    return float(errors[place - 1]) if place <= len(errors) else float(np.ptp(outcome))
