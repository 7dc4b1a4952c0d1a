"""How well a model did, as outcomes arrive, beside what it showed on rows that it had not seen."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ml.contract.errors import UsageError
from ml.contract.modelling import BinaryTask
from ml.contract.names import Score
from ml.contract.records import Interval
from ml.contract.watch_policy import WatchPolicy
from ml.contract.watching import Severity, Signal, SignalState, Watched
from ml.core.columns import Floats
from ml.core.metrics import METRICS, MINIMUM_OF_EACH
from ml.core.resampling import intervals
from ml.core.watching.known import Flags, Known, age_groups
from ml.core.watching.saying import ladder, told, untold

#: Leads that are judged at most: with them, chance moves an AUC by less than .005.
_JUDGED_ROWS = 20_000
_RESAMPLES = 500
#: Half of a 95 % interval, in standard errors.
_WIDTH = 1.96
#: Standard errors that are left to chance: of one figure of all leads, which is worse by them in
#: one quiet look of 700, and of a figure of each cohort, of which there are many.
_ERRORS, _ERRORS_OF_MANY = 3.0, 4.0
#: Draws of outcomes from the probabilities themselves: none has a larger error by chance alone.
_DRAWS = 200
_FIGURES = (Score.ROC_AUC, Score.PRECISION_AT_10, Score.ECE, Score.LOG_LOSS)
_WORDS = {
    Score.ROC_AUC: "AUC",
    Score.PRECISION_AT_10: "precision among the best tenth",
    Score.ECE: "calibration error",
    Score.LOG_LOSS: "log loss",
}

Shown = Mapping[str, Interval] | Mapping[str, float]
Cohorts = Sequence[str | None]


class _Rule(NamedTuple):
    """When a loss is raised, how badly, and how often the bound it takes to be one degree worse."""

    bound: float
    first: Severity
    factor: float
    errors: float = _ERRORS


def performance_signals(
    scores: Floats,
    outcomes: Floats,
    *,
    expected: Shown,
    policy: WatchPolicy,
    age_days: Floats | None = None,
    cohorts: Cohorts | None = None,
    seed: int = 0,
) -> tuple[Signal, ...]:
    """Signals about performance with the outcomes that are known.

    Parameters
    ----------
    scores : ndarray of shape (n_leads,)
        Probabilities; a lead without one is not judged.
    outcomes : ndarray of shape (n_leads,)
        1.0, 0.0, or NaN where nothing is known yet.
    expected : mapping of str to Interval or float
        What the model showed on its test rows, as `shown_performance` gives it: by the name of a
        `Score`, and for a cohort as ``"roc_auc/Google"``. A figure without one is told, not raised.
    policy : WatchPolicy
        Bounds, `minimum_outcomes`, and the `label_days` from which a lead is judged.
    age_days : ndarray of shape (n_leads,) or None, default=None
        Days since each lead; where it is not known, the lead is judged.
    cohorts : sequence of str or None, default=None
        What each lead belongs to, such as where it came from.
    seed : int, default=0
        Of the bootstrap.

    Returns
    -------
    tuple of Signal
        `LABELS_PENDING` where outcomes are still to come, `INSUFFICIENT_DATA` where there are too
        few (F32); never a figure of a handful of leads.

    Raises
    ------
    UsageError
        If the arrays differ in length, or an outcome is another number.

    Notes
    -----
    A loss is raised where it reaches its bound and lies three standard errors beyond chance, for a
    cohort four. The error of the difference is made of the bootstrap intervals of both sides
    (B. Efron 1979), each on the side where they face the other, by the method of variance
    estimates recovery (G. Y. Zou, A. Donner, Statistics in Medicine 27, 2008). A calibration error
    is raised where it reaches its bound and outcomes drawn from the probabilities themselves never
    reach it (J. Bröcker, L. A. Smith, Weather and Forecasting 22, 2007).

    AUC: HIGH from `auc_drop` on, CRITICAL from three times it. The others: MEDIUM from their bound
    on, HIGH from twice it.
    """
    ages = np.full(len(scores), np.nan) if age_days is None else age_days
    known = Known(scores=scores, outcomes=outcomes, ages=ages, policy=policy)
    found = [*known.signals()]
    if known.state() is not SignalState.OK:
        says = found[0].says
        short = (untold(Watched.PERFORMANCE, score, known.state(), says=says) for score in _FIGURES)
        return (*found, *short)
    places = _sample(known.judged, seed)
    predicted, happened = scores[places], outcomes[places]
    found += _whole(predicted, happened, expected, policy, seed)
    for name, flags in _groups(cohorts, places, policy).items():
        found += _cohort(name, predicted[flags], happened[flags], expected, policy, seed)
    for name, flags in age_groups(ages[places], policy).items():
        found += _cohort(name, predicted[flags], happened[flags], expected, policy, seed)
    return tuple(found)


def shown_performance(
    scores: Floats,
    outcomes: Floats,
    *,
    policy: WatchPolicy,
    cohorts: Cohorts | None = None,
    seed: int = 0,
) -> dict[str, Interval]:
    """What a model showed on rows that it had not seen, for `performance_signals` to expect.

    Parameters
    ----------
    scores, outcomes : ndarray of shape (n_rows,)
        Probabilities, and 1.0 or 0.0; rows without an outcome are left out.
    policy, cohorts, seed
        As of `performance_signals`.

    Returns
    -------
    dict of str to Interval
        Empty where there are too few rows of an outcome.
    """
    places = _sample(~np.isnan(outcomes) & np.isfinite(scores), seed)
    predicted, happened = scores[places], outcomes[places]
    found = {str(score): each for score, each in _measured(predicted, happened, seed).items()}
    for name, flags in _groups(cohorts, places, policy).items():
        of_cohort = _measured(predicted[flags], happened[flags], seed, (Score.ROC_AUC,))
        found |= {f"{score}/{name}": each for score, each in of_cohort.items()}
    return found


def _sample(flags: Flags, seed: int) -> np.ndarray:
    places = np.flatnonzero(flags)
    if places.size <= _JUDGED_ROWS:
        return places
    drawn = np.random.default_rng(seed).choice(places, _JUDGED_ROWS, replace=False)
    return np.sort(drawn)


def _groups(
    cohorts: Cohorts | None, places: np.ndarray, policy: WatchPolicy
) -> dict[str, np.ndarray]:
    """Judged leads by cohort, where there are enough of one."""
    if cohorts is None:
        return {}
    names = np.array(["(missing)" if one is None else str(one) for one in cohorts], dtype=object)
    if places.size and int(places[-1]) >= names.size:
        raise UsageError(f"there are {names.size} cohorts; expected one for each lead")
    found = {name: names[places] == name for name in sorted(set(names[places]))}
    return {
        name: flags
        for name, flags in found.items()
        if np.count_nonzero(flags) >= policy.minimum_outcomes
    }


def _measured(
    predicted: Floats, happened: Floats, seed: int, figures: Sequence[Score] = _FIGURES
) -> dict[Score, Interval]:
    events = np.count_nonzero(happened == 1)
    if min(events, happened.size - events) < MINIMUM_OF_EACH:
        return {}
    return intervals(
        BinaryTask(), happened, predicted, seed=seed, resamples=_RESAMPLES, scores=figures,
    )  # fmt: skip


def _whole(
    predicted: Floats, happened: Floats, expected: Shown, policy: WatchPolicy, seed: int
) -> Iterator[Signal]:
    rules = {
        Score.ROC_AUC: _Rule(policy.auc_drop, Severity.HIGH, 3),
        Score.PRECISION_AT_10: _Rule(policy.precision_drop, Severity.MEDIUM, 2),
        Score.LOG_LOSS: _Rule(policy.log_loss_rise, Severity.MEDIUM, 2),
    }
    found = _measured(predicted, happened, seed)
    for score, rule in rules.items():
        yield _beside(score, "", found[score], expected.get(score), rule)
    yield _calibration(found[Score.ECE], predicted, expected.get(Score.ECE), policy, seed)


def _beside(
    score: Score, subject: str, found: Interval, expected: Interval | float | None, rule: _Rule
) -> Signal:
    of = f" of {subject}" if subject else ""
    words = f"The {_WORDS[score]}{of} is {found.value:.3f} ({found.low:.3f} to {found.high:.3f})"
    if expected is None:
        says = f"{words}; nothing says what it was before."
        return untold(
            Watched.PERFORMANCE, score, SignalState.NO_REFERENCE, subject=subject,
            value=found.value, says=says,
        )  # fmt: skip
    before = expected if isinstance(expected, Interval) else Interval(
        value=expected, low=expected, high=expected
    )  # fmt: skip
    sign = 1.0 if score.lower_is_better else -1.0
    loss = sign * (found.value - before.value)
    sure = loss > rule.errors / _WIDTH * _reach(found, before, score.lower_is_better)
    return told(
        Watched.PERFORMANCE,
        score,
        found.value,
        subject=subject,
        expected=before.value,
        bound=before.value + sign * rule.bound,
        severity=ladder(loss, rule.bound, factor=rule.factor, first=rule.first) if sure else None,
        says=f"{words}; the model showed {before.value:.3f}.",
    )


def _reach(now: Interval, before: Interval, lower_is_better: bool) -> float:
    """How far the interval of a loss reaches towards none, from those of both sides."""
    if lower_is_better:
        return math.hypot(now.value - now.low, before.high - before.value)
    return math.hypot(now.high - now.value, before.value - before.low)


def _calibration(
    found: Interval,
    predicted: Floats,
    expected: Interval | float | None,
    policy: WatchPolicy,
    seed: int,
) -> Signal:
    bound = policy.calibration_error
    before = expected.value if isinstance(expected, Interval) else expected
    sure = found.value >= bound and found.value > _error_by_chance(predicted, seed)
    return told(
        Watched.PERFORMANCE,
        Score.ECE,
        found.value,
        expected=before,
        bound=bound,
        severity=ladder(found.value, bound, factor=2) if sure else None,
        says=f"Probabilities are {found.value * 100:.1f} points off on average "
        f"(raised from {bound * 100:g} on).",
    )


def _error_by_chance(predicted: Floats, seed: int) -> float:
    random = np.random.default_rng(seed)
    draws = ((random.random(predicted.size) < predicted).astype(np.float64) for _ in range(_DRAWS))
    return max(METRICS[Score.ECE](drawn, predicted) for drawn in draws)


def _cohort(
    name: str,
    predicted: Floats,
    happened: Floats,
    expected: Shown,
    policy: WatchPolicy,
    seed: int,
) -> Iterator[Signal]:
    """AUC of a cohort, and how far what happened lies from what was said."""
    if happened.size < policy.minimum_outcomes:
        return
    found = _measured(predicted, happened, seed, (Score.ROC_AUC,))
    if found:
        rule = _Rule(policy.auc_drop, Severity.MEDIUM, 3, _ERRORS_OF_MANY)
        shown = expected.get(f"{Score.ROC_AUC}/{name}")
        yield _beside(Score.ROC_AUC, name, found[Score.ROC_AUC], shown, rule)
    rate, said = float(happened.mean()), float(predicted.mean())
    error = math.sqrt(float(np.sum(predicted * (1 - predicted)))) / happened.size
    sure = abs(rate - said) > _ERRORS_OF_MANY * error
    yield told(
        Watched.PERFORMANCE,
        "conversion_gap",
        rate - said,
        subject=name,
        expected=0.0,
        bound=math.copysign(policy.calibration_error, rate - said),
        severity=ladder(abs(rate - said), policy.calibration_error, factor=2) if sure else None,
        says=f"{rate * 100:.0f} % of {name} converted; the scores said {said * 100:.0f} %.",
    )
