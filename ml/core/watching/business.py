"""What the scores are worth: conversion by band, lift, revenue, calibration, mix, label delay."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ml.contract.modelling import Band
from ml.contract.watch_policy import WatchPolicy
from ml.contract.watching import Severity, Signal, SignalState, Watched
from ml.core.checks.chance import beyond_chance
from ml.core.columns import Floats
from ml.core.shares import wilson
from ml.core.watching.known import Known
from ml.core.watching.predictions import banded
from ml.core.watching.saying import fault, ladder, told, untold

_DECILES = 10
#: Standard errors of a share that are left to chance.
_ERRORS = 4.0
#: Days by which an outcome's day may lie before its lead's without a clock that is wrong.
_A_DAY_IN_THE_WEST = 1

Names = Sequence[str | None]


def business_signals(  # noqa: PLR0913 - each figure needs another thing that not all have
    scores: Floats,
    outcomes: Floats,
    *,
    bands: Sequence[Band],
    policy: WatchPolicy,
    reference_scores: Floats | None = None,
    usual_rate: float | None = None,
    value_per_win: float | None = None,
    age_days: Floats | None = None,
    delay_days: Floats | None = None,
    sources: tuple[Names, Names] | None = None,
) -> tuple[Signal, ...]:
    """Signals about what comes of the scores.

    Parameters
    ----------
    scores : ndarray of shape (n_leads,)
        Probabilities of the leads of now.
    outcomes : ndarray of shape (n_leads,)
        1.0, 0.0, or NaN where nothing is known yet.
    bands : sequence of Band
        From the best down.
    policy : WatchPolicy
        `conversion_drop`, `calibration_error`, `band_shift`, `minimum_outcomes`, `label_days`.
    reference_scores : ndarray of shape (n_reference,) or None, default=None
        Among which a band of a share begins; those of now by default.
    usual_rate : float or None, default=None
        Share of leads that converted when the model was made.
    value_per_win : float or None, default=None
        What a lead that converts is worth, in any currency; without it nothing is said of revenue.
    age_days : ndarray of shape (n_leads,) or None, default=None
        Days since each lead; younger ones than `label_days` are not counted.
    delay_days : ndarray of shape (n_known,) or None, default=None
        Days from leads to their outcomes, NaN where not known; None where nothing says when leads
        came. An outcome of the day before is one of the same day, as days begin later in the west.
    sources : tuple of two sequences of str or None, default=None
        Where the leads of before and of now came from.

    Returns
    -------
    tuple of Signal
        With fewer than `minimum_outcomes` outcomes nothing is said of conversion but that.

    Raises
    ------
    UsageError
        If the arrays differ in length, or an outcome is another number.

    Notes
    -----
    A fall of conversion is raised MEDIUM from `conversion_drop` (a tenth) of what was usual on and
    HIGH from twice that (case study, section 4); a best band that converts no better than all
    leads is raised HIGH, as then the scores are worth nothing. Each beyond chance only.
    """
    ages = np.full(len(scores), np.nan) if age_days is None else age_days
    known = Known(scores=scores, outcomes=outcomes, ages=ages, policy=policy)
    found = [*_delay(delay_days, outcomes)]
    if sources is not None:
        found += _mix(sources, policy)
    state, judged = known.state(), known.judged
    if state is not SignalState.OK:
        says = f"{np.count_nonzero(judged):,} outcomes are too few to tell what leads are worth."
        return (*found, untold(Watched.BUSINESS, "conversion", state, says=says))
    predicted, happened = scores[judged], outcomes[judged]
    found.append(_conversion(happened, usual_rate, policy))
    like = (
        predicted if reference_scores is None else reference_scores[np.isfinite(reference_scores)]
    )
    names = banded(predicted, bands, like=like if like.size else predicted)
    found += _bands(names, happened, bands, value_per_win)
    found += _lift(names == bands[0].name, happened, bands[0].name)
    return (*found, *_deciles(predicted, happened, policy))


def _conversion(happened: Floats, usual: float | None, policy: WatchPolicy) -> Signal:
    rate, rows = float(happened.mean()), happened.size
    if not usual:
        says = f"{rate * 100:.1f} % of {rows:,} leads converted; nothing says what is usual."
        return untold(
            Watched.BUSINESS, "conversion", SignalState.NO_REFERENCE, value=rate, says=says
        )
    fall = 1 - rate / usual
    sure = usual - rate > _ERRORS * math.sqrt(usual * (1 - usual) / rows)
    return told(
        Watched.BUSINESS,
        "conversion",
        rate,
        expected=usual,
        bound=usual * (1 - policy.conversion_drop),
        severity=ladder(fall, policy.conversion_drop, factor=2) if sure else None,
        says=f"{rate * 100:.1f} % of {rows:,} leads converted; {usual * 100:.1f} % are usual.",
    )


def _bands(
    names: NDArray[np.object_], happened: Floats, bands: Sequence[Band], value: float | None
) -> Iterator[Signal]:
    for band in bands:
        wins = happened[names == band.name]
        if not wins.size:
            says = f"No lead with an outcome is {band.name}."
            yield untold(
                Watched.BUSINESS, "conversion", SignalState.INSUFFICIENT_DATA, subject=band.name,
                says=says,
            )  # fmt: skip
            continue
        says = f"{wins.mean() * 100:.0f} % of {wins.size:,} leads that are {band.name} converted."
        yield told(Watched.BUSINESS, "conversion", float(wins.mean()), subject=band.name, says=says)
        if value is not None:
            earned = float(wins.sum()) * value
            says = f"Leads that are {band.name} brought {earned:,.0f}."
            yield told(Watched.BUSINESS, "revenue", earned, subject=band.name, says=says)


def _lift(best: NDArray[np.bool_], happened: Floats, name: str) -> Iterator[Signal]:
    """How many times better the best band converts than all leads do."""
    if not best.any():
        return
    wins, rate = happened[best], float(happened.mean())
    _, high = wilson(np.array([wins.sum()]), np.array([float(wins.size)]))
    lift = float(wins.mean()) / rate
    yield told(
        Watched.BUSINESS,
        "lift",
        lift,
        bound=1.0,
        severity=Severity.HIGH if float(high[0]) <= rate else None,
        says=f"Leads that are {name} convert {lift:.1f} times as often as all leads do.",
    )


def _deciles(predicted: Floats, happened: Floats, policy: WatchPolicy) -> Iterator[Signal]:
    """What was said and what happened, from the tenth with the lowest probabilities up."""
    order = np.argsort(predicted, kind="stable")
    for place, part in enumerate(np.array_split(order, _DECILES), 1):
        said, rate = float(predicted[part].mean()), float(happened[part].mean())
        spread = predicted[part] * (1 - predicted[part])
        sure = abs(rate - said) > _ERRORS * math.sqrt(float(spread.sum())) / part.size
        bound = policy.calibration_error
        yield told(
            Watched.BUSINESS,
            "decile_conversion",
            rate,
            subject=f"decile {place}",
            expected=said,
            bound=said + math.copysign(bound, rate - said),
            severity=ladder(abs(rate - said), bound, factor=5, first=Severity.LOW)
            if sure
            else None,
            says=f"{rate * 100:.0f} % of decile {place} converted; the scores said "
            f"{said * 100:.0f} %.",
        )


def _mix(sources: tuple[Names, Names], policy: WatchPolicy) -> Iterator[Signal]:
    """Share of each source of leads, of before and now."""
    before, now = (_counted(side) for side in sources)
    rows_before, rows = sum(before.values()), sum(now.values())
    if not rows_before or not rows:
        says = "There are no leads whose sources could be compared."
        yield untold(Watched.BUSINESS, "source_share", SignalState.INSUFFICIENT_DATA, says=says)
        return
    for name in sorted(before.keys() | now.keys()):
        old, new = before.get(name, 0) / rows_before, now.get(name, 0) / rows
        sure = beyond_chance(new, rows, old, rows_before)
        yield told(
            Watched.BUSINESS,
            "source_share",
            new,
            subject=name,
            expected=old,
            bound=old + math.copysign(policy.band_shift, new - old),
            severity=ladder(abs(new - old), policy.band_shift, factor=2) if sure else None,
            says=f"{new * 100:.0f} % of leads are of {name}; {old * 100:.0f} % were.",
        )


def _counted(names: Names) -> dict[str, int]:
    words = ["(missing)" if name is None else str(name) for name in names]
    found, counts = np.unique(np.array(words, dtype=str), return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def _delay(days: Floats | None, outcomes: Floats) -> Iterator[Signal]:
    if days is None:
        says = "Nothing says when leads came ('Arrival Date'), so label delay cannot be told."
        yield _no_delay(SignalState.NOT_KEPT, says)
        return
    known = days[np.isfinite(days)]
    if known.size:
        early = int(np.count_nonzero(known < -_A_DAY_IN_THE_WEST))
        yield _early(early, known.size)
        known = np.maximum(known[known >= -_A_DAY_IN_THE_WEST], 0)
    if known.size:
        middle = float(np.median(known))
        says = f"Half of the outcomes are known {middle:.0f} days after the lead or sooner."
        yield told(Watched.BUSINESS, "label_delay_days", middle, says=says)
    elif np.isnan(outcomes).all():
        yield _no_delay(SignalState.LABELS_PENDING, "No outcome is known yet.")
    else:
        says = "No outcome says on which day it was known ('Outcome Date')."
        yield _no_delay(SignalState.NOT_KEPT, says)


def _no_delay(state: SignalState, says: str) -> Signal:
    return untold(Watched.BUSINESS, "label_delay_days", state, says=says)


def _early(early: int, known: int) -> Signal:
    return fault(
        Watched.BUSINESS,
        "early_outcomes",
        early,
        known,
        says=f"{early:,} of {known:,} outcomes are dated before their leads came; look at the "
        "clocks of what writes the two."
        if early
        else "No outcome is dated before its lead came.",
    )
