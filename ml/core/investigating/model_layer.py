"""The model: whether the right one serves, still ranks, and its odds still come true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import exp, hypot, log

import numpy as np
import pyarrow as pa

from ml.contract.investigation import FindingState, Look
from ml.contract.names import Score
from ml.contract.records import Interval
from ml.contract.watching import Severity
from ml.core.coding import coded
from ml.core.columns import Floats
from ml.core.investigating.evidence import Evidence
from ml.core.investigating.looking import Check, Lacking, Saw, heard, raised_or
from ml.core.investigating.odds import Odds, odds_of
from ml.core.leakage.alone import auc
from ml.core.leakage.learned import learned
from ml.core.shares import Z_95
from ml.core.watching.expected import expected_performance
from ml.core.watching.performance import performance_signals, shown_performance
from ml.core.watching.predictions import prediction_signals

#: Standard errors that are left to chance: a hundred quiet looks raise less than one.
_ERRORS = 3.5
#: The spread of the odds must have changed by such a factor, and their level by so much.
_SPREAD, _LEVEL = 1.3, 0.3
#: Outcomes from which a model can be learnt to compare with.
_TEACHES = 500
#: What the watch tells of all leads together.
_FIGURES = frozenset({Score.ROC_AUC, Score.PRECISION_AT_10, Score.LOG_LOSS, Score.ECE})


def served(evidence: Evidence) -> Iterator[Saw]:
    """The champion of the ledger serves."""
    serving = evidence.serving
    if serving.version is None and not serving.disagreements:
        raise Lacking(FindingState.NO_MODEL, "No model is in force.")
    for said in serving.disagreements:
        yield Saw(says=f"{said[:1].upper()}{said[1:]}.", severity=Severity.HIGH)
    if not serving.disagreements:
        yield Saw(says=f"Version {serving.version} serves, as the ledger decided.")


def package(evidence: Evidence) -> Iterator[Saw]:
    """The package in force is what was registered."""
    serving = evidence.serving
    if serving.package_fault:
        yield Saw(
            says=f"The package in force must not be used: {serving.package_fault}.",
            severity=Severity.CRITICAL,
        )
    elif serving.version is None:
        raise Lacking(FindingState.NO_MODEL, "No model is in force.")
    else:
        yield Saw(says="The package in force is what was registered, file by file.")


def age(evidence: Evidence) -> Iterator[Saw]:
    """Days since the version was made; no fault by itself."""
    made = evidence.serving.trained_at
    if made is None:
        raise Lacking(FindingState.NOT_KEPT, "The ledger does not say when the version was made.")
    days = (evidence.now - made).total_seconds() / 86_400
    yield Saw(says=f"The version in force was made {max(days, 0.0):.0f} days ago.", value=days)


def scores(evidence: Evidence) -> Iterator[Saw]:
    """Distribution, mean and bands of the scores."""
    scored = evidence.model()
    found = prediction_signals(
        scored.before,
        scored.now,
        bands=evidence.use_case.bands,
        policy=evidence.use_case.watch,
        drift=evidence.use_case.drift,
    )
    yield from raised_or("Scores are spread as before.", iter(found))


def expected(evidence: Evidence) -> Iterator[Saw]:
    """What the scores promise of themselves, without an outcome."""
    scored = evidence.model()
    evidence.reference()
    for signal in expected_performance(scored.now, reference=scored.before):
        yield replace(heard(signal), subject=signal.name.removeprefix("expected_"))


def performance(evidence: Evidence) -> Iterator[Saw]:
    """Ranking and calibration on leads whose outcome is known, as the watch judges them."""
    scored, happened = evidence.model(), evidence.happened()
    before, policy = _events(evidence.happened_before()), evidence.use_case.watch
    found = performance_signals(
        scored.now[evidence.judged],
        happened,
        expected=shown_performance(scored.before, before, policy=policy),
        policy=policy,
    )
    for signal in found:
        if signal.name in _FIGURES:
            yield replace(heard(signal), subject=signal.name)


def spread_of_odds(evidence: Evidence) -> Iterator[Saw]:
    """Whether good and bad leads lie as far apart as the scores say."""
    was, now = _odds(evidence)
    apart = abs(now.spread - was.spread) > _ERRORS * hypot(now.spread_error, was.spread_error)
    least = min(now.spread, was.spread)
    factor = log(now.spread / was.spread) if least > 0 else -np.inf
    far = abs(factor) >= log(_SPREAD)
    sureness = "too sure" if now.spread < was.spread else "not sure enough"
    tail = f": the scores are {sureness}" if apart and far else ""
    yield Saw(
        says=f"True odds spread {now.spread:.2f} times as far as those told; before, "
        f"{was.spread:.2f} times{tail}.",
        value=now.spread,
        expected=was.spread,
        bound=was.spread / _SPREAD if now.spread < was.spread else was.spread * _SPREAD,
        severity=Severity.HIGH if apart and far else None,
    )


def level_of_odds(evidence: Evidence) -> Iterator[Saw]:
    """Whether the event happens as often as the scores say, whatever their spread."""
    was, now = _odds(evidence)
    moved = now.level - was.level
    apart = abs(moved) > _ERRORS * hypot(now.level_error, was.level_error)
    often = f"{evidence.event} {'more' if moved > 0 else 'less'} often than the scores say"
    yield Saw(
        says=f"True odds are {exp(now.level):.2f} times those told; before, {exp(was.level):.2f} "
        f"times{f': {often}' if apart else ''}.",
        value=now.level,
        expected=was.level,
        bound=was.level + np.copysign(_LEVEL, moved),
        severity=Severity.HIGH if apart and abs(moved) >= _LEVEL else None,
    )


def relearnt(evidence: Evidence) -> Iterator[Saw]:
    """Whether a quick model that learns from the leads of late ranks them better than ours."""
    scored, happened = evidence.model(), evidence.happened()
    if len(happened) < _TEACHES:
        says = f"{len(happened):,} outcomes teach too little; {_TEACHES} are needed."
        raise Lacking(FindingState.INSUFFICIENT_DATA, says)
    rows = evidence.current.table.filter(pa.array(evidence.judged))
    quick = learned([coded(rows, column) for column in evidence.columns], happened)
    ours, theirs = auc(happened, scored.now[evidence.judged]), auc(happened, quick)
    bound, gained = evidence.use_case.watch.auc_drop, theirs.value - ours.value
    # Both rank the same leads: the error of their difference is below that of either.
    sure = gained > _ERRORS * max(_error(ours), _error(theirs))
    yield Saw(
        says=f"A quick model that learns from the leads of late ranks them with an AUC of "
        f"{theirs.value:.3f}, the one in force with {ours.value:.3f}.",
        value=theirs.value,
        expected=ours.value,
        bound=ours.value + bound,
        severity=Severity.HIGH if sure and gained >= bound else None,
    )


def _odds(evidence: Evidence) -> tuple[Odds, Odds]:
    scored, happened = evidence.model(), evidence.happened()
    was = odds_of(_events(evidence.happened_before()), scored.before)
    now = odds_of(happened, scored.now[evidence.judged])
    if was is None or now is None:
        says = "Scores or outcomes are all alike, or part without an overlap."
        raise Lacking(FindingState.INSUFFICIENT_DATA, says)
    return was, now


def _events(happened: Floats) -> Floats:
    if len(np.unique(happened)) < 2:
        raise Lacking(FindingState.NO_REFERENCE, "The rows of before have one outcome only.")
    return happened


def _error(found: Interval) -> float:
    return (found.high - found.low) / (2 * Z_95)


CHECKS: Mapping[Look, Check] = {
    Look.SERVED: served,
    Look.PACKAGE: package,
    Look.AGE: age,
    Look.SCORES: scores,
    Look.EXPECTED: expected,
    Look.PERFORMANCE: performance,
    Look.SPREAD_OF_ODDS: spread_of_odds,
    Look.LEVEL_OF_ODDS: level_of_odds,
    Look.RELEARNT: relearnt,
}
"""The checks, in their order."""
