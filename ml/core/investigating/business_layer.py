"""The business: how often the event happens, in which band, from which source, and how late."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ml.contract.investigation import FindingState, Look
from ml.contract.names import CheckState
from ml.contract.watching import Severity
from ml.core.checks.chance import beyond_chance
from ml.core.columns import numbers
from ml.core.figure_words import sentence
from ml.core.investigating.broken import unsound_columns
from ml.core.investigating.evidence import Evidence
from ml.core.investigating.looking import Check, Lacking, Saw
from ml.core.watching.predictions import banded

#: Change of a band's conversion from which somebody should look.
_BAND = 0.1
#: Leads of a band without which nothing is said of it.
_OF_A_BAND = 50
#: Concept of the columns that say where a lead came from.
_SOURCES = "Where the lead came from"


def base_rate(evidence: Evidence) -> Iterator[Saw]:
    """Conversion of all leads."""
    happened, before = evidence.happened(), evidence.reference()
    was = float(numbers(before[evidence.use_case.schema.target.name]).mean())
    now = float(happened.mean())
    state, bound = evidence.use_case.checks.base_rate.judge(abs(now - was))
    sure = beyond_chance(now, len(happened), was, before.num_rows)
    severity = {CheckState.WARN: Severity.MEDIUM, CheckState.STOP: Severity.HIGH}.get(state)
    limit = bound or evidence.use_case.checks.base_rate.warn
    yield Saw(
        says=f"{sentence(evidence.event)} in {now:.1%} of {len(happened):,} cases; before, "
        f"{was:.1%}.",
        value=now,
        expected=was,
        bound=None if limit is None else was + np.copysign(limit, now - was),
        severity=severity if sure else None,
    )


def bands(evidence: Evidence) -> Iterator[Saw]:
    """Conversion of each band, beside that of rows that the model had not seen."""
    scored, happened = evidence.model(), evidence.happened()
    before = evidence.happened_before()
    names = [band.name for band in evidence.use_case.bands]
    told = [
        banded(side, evidence.use_case.bands, like=scored.before)
        for side in (scored.before, scored.now[evidence.judged])
    ]
    for name in names:
        was, now = before[told[0] == name], happened[told[1] == name]
        if min(len(was), len(now)) < _OF_A_BAND:
            yield Saw(
                says=f"Too few {evidence.use_case.entity}s are {name} to say how often "
                f"{evidence.event}.",
                subject=name,
                state=FindingState.INSUFFICIENT_DATA,
            )
            continue
        moved = float(now.mean() - was.mean())
        sure = beyond_chance(float(now.mean()), len(now), float(was.mean()), len(was))
        yield Saw(
            says=f"{name}: {evidence.event} in {now.mean():.1%} of {len(now):,} cases; before, "
            f"{was.mean():.1%}.",
            subject=name,
            value=float(now.mean()),
            expected=float(was.mean()),
            bound=min(max(float(was.mean()) + float(np.copysign(_BAND, moved)), 0.0), 1.0),
            severity=Severity.MEDIUM if sure and abs(moved) >= _BAND else None,
        )


def sources(evidence: Evidence) -> Iterator[Saw]:
    """The mix of where leads come from."""
    unsound = unsound_columns(evidence)
    told = {
        column.name
        for column in evidence.columns
        if column.concept == _SOURCES and column.name not in unsound
    }
    seen = [one for one in evidence.drifts if one.column in told]
    if not seen:
        raise Lacking(FindingState.NOT_KEPT, "No sound column says where leads come from.")
    for one in seen:
        yield Saw(
            says=f"The mix of {one.column} has a PSI of {one.psi:.2f}.",
            subject=one.column,
            value=one.psi,
            bound=evidence.use_case.drift.psi_alarm,
            severity=Severity.MEDIUM if one.drifted else None,
        )


def label_delay(evidence: Evidence) -> Iterator[Saw]:
    """Days until an outcome is known; no fault by itself."""
    told, ages = evidence.told(), evidence.ages
    today = evidence.now.timestamp() // 86_400
    if ages is None or np.isnan(told.known).all():
        raise Lacking(
            FindingState.NOT_KEPT, "Nothing says on which day outcomes were known ('Outcome Date')."
        )
    delays = told.known - (today - ages)
    delays = delays[np.isfinite(delays)]
    if not delays.size:
        raise Lacking(FindingState.INSUFFICIENT_DATA, "No outcome has both of its days.")
    before = int((delays < 0).sum())
    yield Saw(
        says=f"Half of the known outcomes were known within {np.median(delays):.0f} days.",
        value=float(np.median(delays)),
    )
    if before or told.future:
        yield Saw(
            says=f"{before:,} outcomes were known before their leads came, and {told.future:,} are "
            "dated in the future and not taken: a clock is wrong, or an export runs ahead.",
            value=before + told.future,
            bound=1,
            severity=Severity.LOW,
        )


CHECKS: Mapping[Look, Check] = {
    Look.BASE_RATE: base_rate,
    Look.BANDS: bands,
    Look.SOURCES: sources,
    Look.LABEL_DELAY: label_delay,
}
"""The checks, in their order."""
