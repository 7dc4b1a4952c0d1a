"""Chooses a calibrator: the plainest that rows it has not seen do not speak against."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from ml.contract.names import Score
from ml.contract.records import Interval
from ml.core.columns import Floats
from ml.core.metrics import METRICS, MINIMUM_OF_EACH
from ml.core.out_of_fold import HeldOut
from ml.core.resampling import paired_bootstrap
from ml.core.scoring.calibrator import (
    Calibration,
    Calibrator,
    Isotonic,
    Sigmoid,
    Unchanged,
    log_odds,
)

#: Parts that take turns in being calibrated by the others.
_FOLDS = 5

#: Predictions that agree so far are one to the isotonic fit, and rates that close are one step:
#: what is left of its arithmetic must not become corners.
_DIGITS, _EQUAL = 9, 1e-9


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What one calibrator said of rows that it was not fitted on."""

    kind: Calibration
    log_loss: float
    brier: float
    ece: float
    gain: Interval | None
    """Log loss saved beside the calibrator in favour before; None for the first."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The calibrator that was chosen, and what the choice rests on."""

    calibrator: Calibrator
    trials: tuple[Trial, ...]


def choose(held_out: HeldOut, *, seed: int = 0) -> Choice:
    """The calibrator of a binary model.

    Ways are tried from the plainest. Each calibrates a fifth of the rows after being fitted on
    the others; it replaces the one in favour only if it saves log loss beyond luck, that is if
    the whole interval of a paired bootstrap says so. Too few of an outcome are no evidence.

    Parameters
    ----------
    held_out : HeldOut
        Predictions that were made without the row, and what happened.
    seed : int, default=0
        Seed of folds and bootstrap.
    """
    predicted, outcome = held_out.predicted, held_out.outcome
    if min(outcome.sum(), (1 - outcome).sum()) < MINIMUM_OF_EACH:
        return Choice(calibrator=Unchanged(), trials=())
    favour, said, trials = Calibration.NONE, predicted, []
    for kind, fit in _FITS.items():
        tried = predicted if kind is favour else _cross_fitted(fit, held_out, seed)
        gain = None
        if kind is not favour:
            gain = paired_bootstrap(tried, said, outcome, Score.LOG_LOSS, seed=seed)
            favour, said = (kind, tried) if gain.low > 0 else (favour, said)
        trials.append(_trial(kind, outcome, tried, gain))
    return Choice(calibrator=_FITS[favour](predicted, outcome), trials=tuple(trials))


def _trial(kind: Calibration, outcome: Floats, said: Floats, gain: Interval | None) -> Trial:
    judged = (Score.LOG_LOSS, Score.BRIER, Score.ECE)
    log_loss, brier, ece = (METRICS[score](outcome, said) for score in judged)
    return Trial(kind=kind, log_loss=log_loss, brier=brier, ece=ece, gain=gain)


def _cross_fitted(fit: _Fit, held_out: HeldOut, seed: int) -> Floats:
    said = np.empty_like(held_out.predicted)
    for others, fifth in _folds(held_out, seed):
        calibrator = fit(held_out.predicted[others], held_out.outcome[others])
        said[fifth] = calibrator.many(held_out.predicted[fifth])
    return said


def _folds(held_out: HeldOut, seed: int) -> Iterator[tuple[Floats, Floats]]:
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    yield from folds.split(held_out.predicted[:, None], held_out.outcome)


_Fit = Callable[[Floats, Floats], Calibrator]


def _unchanged(_predicted: Floats, _outcome: Floats) -> Calibrator:
    return Unchanged()


def _sigmoid(predicted: Floats, outcome: Floats) -> Calibrator:
    line = LogisticRegression(C=1e6)  # as good as no penalty
    line.fit(log_odds(predicted)[:, None], outcome)
    slope, offset = float(line.coef_[0, 0]), float(line.intercept_[0])
    return Sigmoid(slope=slope, offset=offset) if slope > 0 else Unchanged()


def _isotonic(predicted: Floats, outcome: Floats) -> Calibrator:
    """Corners at the middle of each step; no step says never or always, as no sample can."""
    levels, place = np.unique(predicted.round(_DIGITS), return_inverse=True)
    counts, events = np.bincount(place), np.bincount(place, weights=outcome)
    steps = isotonic_regression(events / counts, weights=counts).x
    step = np.r_[0, np.cumsum(np.diff(steps) > _EQUAL)]
    rows = np.bincount(step, weights=counts)
    middles = np.bincount(step, weights=counts * levels) / rows
    least = 1 / (len(predicted) + 2)
    seen = np.clip(np.bincount(step, weights=events) / rows, least, 1 - least)
    inside = (middles > 0) & (middles < 1)
    return Isotonic(
        said=(0.0, *middles[inside].tolist(), 1.0),
        seen=(least / 2, *seen[inside].tolist(), 1 - least / 2),
    )


_FITS: Mapping[Calibration, _Fit] = {
    Calibration.NONE: _unchanged,
    Calibration.SIGMOID: _sigmoid,
    Calibration.ISOTONIC: _isotonic,
}
