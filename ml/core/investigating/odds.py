"""Whether the odds that a model tells are those that come true: their spread and their level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.core.columns import Floats

_ROUNDS = 50
_ENOUGH = 1e-10
#: Probabilities are told to six digits; beyond them log-odds say nothing.
_LEAST = 1e-6


@dataclass(frozen=True, kw_only=True)
class Odds:
    """How true odds follow those that were told.

    Parameters
    ----------
    spread, spread_error : float
        Slope of the true log-odds over the told ones, 1 where they agree, and its standard error.
        Below 1 the model is too sure.
    level, level_error : float
        What has to be added to the told log-odds where the spread is left as it is; 0 where they
        agree. Above 0 more happens than was told.
    """

    spread: float
    spread_error: float
    level: float
    level_error: float


def odds_of(outcome: Floats, predicted: Floats) -> Odds | None:
    """Spread and level of the odds; None where outcomes or predictions are all alike.

    Source: D. R. Cox, Two further applications of a model for binary regression, Biometrika 45
    (1958): calibration slope, and calibration in the large.

    Parameters
    ----------
    outcome : ndarray of shape (n_leads,)
        0 or 1.
    predicted : ndarray of shape (n_leads,)
        Probabilities that were told.

    Examples
    --------
    >>> told = np.repeat([0.2, 0.8], 100)
    >>> true = np.concatenate([np.arange(100) < 20, np.arange(100) < 80]).astype(float)
    >>> found = odds_of(true, told)
    >>> round(found.spread, 3), round(abs(found.level), 3)
    (1.0, 0.0)
    """
    told = np.clip(predicted, _LEAST, 1 - _LEAST)
    logit = np.log(told / (1 - told))
    if len(np.unique(outcome)) < 2 or np.ptp(logit) == 0:
        return None
    both = _fitted(np.column_stack([np.ones_like(logit), logit]), np.zeros_like(logit), outcome)
    alone = _fitted(np.ones((len(logit), 1)), logit, outcome)
    if both is None or alone is None:
        return None
    (values, errors), (level, level_error) = both, alone
    return Odds(
        spread=float(values[1]),
        spread_error=float(errors[1]),
        level=float(level[0]),
        level_error=float(level_error[0]),
    )


def _fitted(design: Floats, offset: Floats, outcome: Floats) -> tuple[Floats, Floats] | None:
    """Coefficients of a logistic regression by Newton's method, and their standard errors."""
    values = np.zeros(design.shape[1])
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(offset + design @ values, -30, 30)))
        curvature = design.T @ (design * (chance * (1 - chance))[:, None])
        if not np.linalg.cond(curvature) < 1 / np.finfo(np.float64).eps:
            return None  # told and true are parted without an overlap
        step = np.linalg.solve(curvature, design.T @ (outcome - chance))
        values = values + step
        if np.abs(step).max() < _ENOUGH:
            return values, np.sqrt(np.diag(np.linalg.inv(curvature)))
    return None
