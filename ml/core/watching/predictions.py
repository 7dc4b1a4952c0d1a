"""What is said of the scores of now beside those of rows that the model had not seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ml.contract.modelling import Band, DriftPolicy
from ml.contract.records import ScoreBin
from ml.contract.watch_policy import WatchPolicy
from ml.contract.watching import Severity, Signal, SignalState, Watched
from ml.core.checks.chance import beyond_chance
from ml.core.columns import Floats
from ml.core.drift.psi import psi
from ml.core.drift.two_sample import kolmogorov_smirnov
from ml.core.scoring.bands import band_names
from ml.core.watching.saying import ladder, told, untold

#: Distance of the two distribution functions that matters (case study, section 3.3).
_DISTANCE = 0.1
#: Standard errors of a mean that are left to chance.
_ERRORS = 4.0
_BINS = 20


class _Sides(NamedTuple):
    reference: Floats
    current: Floats


def prediction_signals(
    reference: Floats | None,
    current: Floats,
    *,
    bands: Sequence[Band],
    policy: WatchPolicy,
    drift: DriftPolicy,
) -> tuple[Signal, ...]:
    """Signals about predictions: distribution, mean, share of each band.

    Parameters
    ----------
    reference : ndarray of shape (n_reference,) or None
        Probabilities of rows that the model did not learn from; None without a model.
    current : ndarray of shape (n_current,)
        Probabilities of the rows of now.
    bands : sequence of Band
        From the best down. A band of a share begins where it does among the reference.
    policy : WatchPolicy
        `score_shift` and `band_shift` are raised from on, HIGH from twice that.
    drift : DriftPolicy
        From `prediction_psi_alarm` on the distribution is raised HIGH, as a retrain is asked for,
        and CRITICAL from twice that; too few rows on a side say nothing.

    Returns
    -------
    tuple of Signal
        NaN among the predictions is left out and counted in a signal of its own.
    """
    if reference is None:
        says = "There are no reference scores; deploy a model first."
        return (untold(Watched.PREDICTIONS, "psi", SignalState.NO_REFERENCE, says=says),)
    known = _Sides(reference[np.isfinite(reference)], current[np.isfinite(current)])
    lost = tuple(_unscored(current.size - known.current.size, current.size))
    rows = min(known.reference.size, known.current.size)
    if rows < max(1, drift.minimum_rows):
        says = (
            f"{known.current.size:,} current and {known.reference.size:,} reference scores are too "
            f"few to tell; both need at least {drift.minimum_rows:,}."
        )
        short = untold(
            Watched.PREDICTIONS, "psi", SignalState.INSUFFICIENT_DATA, value=rows,
            bound=drift.minimum_rows, says=says,
        )  # fmt: skip
        return (short, *lost)
    return (
        _stability(known, drift),
        _distance(known, drift),
        _mean(known, policy),
        *_band_shares(known, bands, policy),
        *lost,
    )


def _unscored(lost: int, rows: int) -> Iterator[Signal]:
    if lost:
        says = f"{lost:,} of {rows:,} rows have no score."
        yield told(
            Watched.PREDICTIONS, "unscored", lost, expected=0, bound=1, severity=Severity.HIGH,
            says=says,
        )  # fmt: skip


def _stability(sides: _Sides, drift: DriftPolicy) -> Signal:
    value, bound = psi(sides.reference, sides.current), drift.prediction_psi_alarm
    return told(
        Watched.PREDICTIONS,
        "psi",
        value,
        bound=bound,
        severity=ladder(value, bound, factor=2, first=Severity.HIGH),
        says=f"The scores have a PSI of {value:.2f} (a retrain is asked for from {bound:g} on).",
    )


def _distance(sides: _Sides, drift: DriftPolicy) -> Signal:
    found = kolmogorov_smirnov(sides.reference, sides.current)
    sure = found.p_value < drift.false_discovery_rate
    return told(
        Watched.PREDICTIONS,
        "ks",
        found.statistic,
        bound=_DISTANCE,
        severity=ladder(found.statistic, _DISTANCE, factor=2) if sure else None,
        says=f"The distributions of scores lie {found.statistic:.2f} apart at most "
        f"(Kolmogorov-Smirnov p {found.p_value:.2g}).",
    )


def _mean(sides: _Sides, policy: WatchPolicy) -> Signal:
    before, now = (float(side.mean()) for side in sides)
    error = float(np.sqrt(sum(side.var() / side.size for side in sides)))
    sure = abs(now - before) > _ERRORS * error
    return told(
        Watched.PREDICTIONS,
        "mean",
        now,
        expected=before,
        bound=before + np.copysign(policy.score_shift, now - before),
        severity=ladder(abs(now - before), policy.score_shift, factor=2) if sure else None,
        says=f"The mean score is {now:.3f}; it was {before:.3f}.",
    )


def _band_shares(sides: _Sides, bands: Sequence[Band], policy: WatchPolicy) -> Iterator[Signal]:
    if not bands:
        return
    before, now = (banded(side, bands, like=sides.reference) for side in sides)
    for band in bands:
        old, new = (float(np.mean(side == band.name)) for side in (before, now))
        change = abs(new - old)
        sure = beyond_chance(new, now.size, old, before.size)
        yield told(
            Watched.PREDICTIONS,
            "band_share",
            new,
            subject=band.name,
            expected=old,
            bound=old + np.copysign(policy.band_shift, new - old),
            severity=ladder(change, policy.band_shift, factor=2) if sure else None,
            says=f"{new * 100:.0f} % of leads are {band.name}; {old * 100:.0f} % were.",
        )


def banded(scores: Floats, bands: Sequence[Band], *, like: Floats) -> np.ndarray:
    """Name of the band of each probability.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Probabilities, all finite.
    bands : sequence of Band
        From the best down.
    like : ndarray of shape (m,)
        Probabilities among which a band of a share begins.

    Examples
    --------
    >>> bands = (Band(name="Hot", at_least=50), Band(name="Cold", at_least=0))
    >>> banded(np.array([0.2, 0.7]), bands, like=np.array([0.5])).tolist()
    ['Cold', 'Hot']
    """
    points = 100 * np.quantile(like, np.linspace(0, 1, 101))
    names = np.array(band_names(bands, points), dtype=object)
    whole: np.ndarray = names[np.clip(100 * scores + 0.5, 0, 100).astype(np.int64)]
    return whole


def score_bins(reference: Floats, current: Floats) -> tuple[ScoreBin, ...]:
    """Histogram of the probabilities of both sides, twenty bins of equal width.

    Examples
    --------
    >>> [bin.current for bin in score_bins(np.array([0.5]), np.array([0.0, 1.0]))][::19]
    [0.5, 0.5]
    """
    edges = np.linspace(0, 1, _BINS + 1)
    sides = [np.histogram(np.clip(side, 0, 1), edges)[0] for side in (reference, current)]
    before, now = (side / max(1, side.sum()) for side in sides)
    return tuple(
        ScoreBin(low=float(low), high=float(high), reference=float(old), current=float(new))
        for low, high, old, new in zip(edges[:-1], edges[1:], before, now, strict=True)
    )
