"""What ties the parts together: registry, ledger, receipts, and the way back from the CRM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median

import numpy as np

from ml.contract.investigation import FindingState, Look
from ml.contract.watching import Severity
from ml.core.checks.chance import share
from ml.core.investigating.evidence import Evidence
from ml.core.investigating.looking import Check, Lacking, Saw
from ml.core.investigating.parts import Answered

#: Days of receipts without which nobody can say what is usual, and receipts a day.
_DAYS, _USUAL = 4, 20
#: Of the leads that are old enough, so many should have an outcome: policies call them "most".
_MOST = 0.5
#: Share of a file's ids that nobody knows from which somebody should look.
_STRANGE = 0.05
#: Share of a file's leads of which it says two things, or nothing that is an outcome.
_TWO_THINGS = 0.01


def registry(evidence: Evidence) -> Iterator[Saw]:
    """It can be asked."""
    serving = evidence.serving
    if serving.registry_away:
        yield Saw(
            says=f"The registry could not be asked: {serving.registry_away}.",
            severity=Severity.MEDIUM,
        )
    elif not serving.entries and serving.version is None:
        raise Lacking(FindingState.NOT_KEPT, "Nothing was ever registered on this home.")
    else:
        yield Saw(says="The registry answers.")


def ledger(evidence: Evidence) -> Iterator[Saw]:
    """No entry was changed since it was written."""
    serving = evidence.serving
    for fault in serving.ledger_faults:
        yield Saw(says=f"The ledger was tampered with: {fault}.", severity=Severity.CRITICAL)
    if not serving.ledger_faults:
        if not serving.entries:
            raise Lacking(FindingState.NOT_KEPT, "The ledger has no entry.")
        yield Saw(says=f"{serving.entries:,} entries, none changed since.", value=serving.entries)


def receipts(evidence: Evidence) -> Iterator[Saw]:
    """Leads are still asked for as they were."""
    answered = _answered(evidence)
    *earlier, today = answered.by_day
    if answered.ahead:
        yield Saw(
            says=f"{answered.ahead:,} receipts carry a time in the future: look at the server's "
            "clock.",
            value=answered.ahead,
            bound=1,
            severity=Severity.LOW,
        )
    busy = [rows for rows in earlier if rows]
    if len(busy) < _DAYS:
        raise Lacking(
            FindingState.INSUFFICIENT_DATA,
            f"{sum(answered.by_day):,} receipts of {len(busy)} days do not say what is usual.",
        )
    usual = median(busy)
    stopped = usual >= _USUAL and not today
    yield Saw(
        says=f"{today:,} leads were scored by the server in the last 24 hours; on a usual day, "
        f"{usual:,.0f}.",
        value=today,
        expected=usual,
        bound=1,
        severity=Severity.HIGH if stopped else None,
    )


def replay(evidence: Evidence) -> Iterator[Saw]:
    """The package in force gives the scores that were given."""
    answered = _answered(evidence)
    if not answered.replayed:
        raise Lacking(
            FindingState.NOT_KEPT, "No receipt is of the package in force, so none was made again."
        )
    yield Saw(
        says=f"{answered.other_score:,} of {answered.replayed:,} scores that were made again came "
        "out as others.",
        value=share(answered.other_score, answered.replayed),
        bound=0.0,
        severity=Severity.CRITICAL if answered.other_score else None,
    )


def _answered(evidence: Evidence) -> Answered:
    found = evidence.answered
    if found is None or not (sum(found.by_day) or found.ahead):
        why = evidence.troubles.get("answered", "no lead was asked for by the server of late")
        raise Lacking(FindingState.NOT_KEPT, f"There are no receipts: {why}.")
    return found


def outcomes_return(evidence: Evidence) -> Iterator[Saw]:
    """Leads that are old enough have an outcome."""
    told, days = evidence.told(), evidence.use_case.watch.label_days
    ripe = int(evidence.ripe.sum())
    if ripe < evidence.enough:
        raise Lacking(
            FindingState.LABELS_PENDING,
            f"{ripe:,} leads are {days:g} days old or older; {evidence.enough:,} are needed.",
        )
    known = int((~np.isnan(told.outcome))[evidence.ripe].sum())
    part = share(known, ripe)
    old = f"leads of {days:g} days and more" if evidence.ages is not None else "leads"
    yield Saw(
        says=f"{known:,} of {ripe:,} {old} have an outcome ({part:.0%}); most should.",
        value=part,
        bound=_MOST,
        severity=Severity.HIGH if part < _MOST else None,
    )


def strange_ids(evidence: Evidence) -> Iterator[Saw]:
    """Ids of the CRM that are no lead's."""
    told = evidence.told()
    part = share(told.strange, told.named)
    yield Saw(
        says=f"{told.strange:,} of {told.named:,} ids in the file of outcomes belong to no lead "
        "that we know.",
        value=part,
        bound=_STRANGE,
        # Older leads, which we need not know, look the same: alone it is no alarm.
        severity=Severity.LOW if part >= _STRANGE else None,
    )


def contradictions(evidence: Evidence) -> Iterator[Saw]:
    """Leads of which the CRM says two things, or nothing that is an outcome."""
    told = evidence.told()
    odd = told.contradicted + told.unreadable
    part = share(odd, max(told.named, odd))
    yield Saw(
        says=f"Of {told.contradicted:,} leads the file says two things, and {told.unreadable:,} "
        "lines hold no outcome that we know; none of them counts.",
        value=part,
        bound=_TWO_THINGS,
        severity=Severity.MEDIUM if part >= _TWO_THINGS else None,
    )


CHECKS: Mapping[Look, Check] = {
    Look.REGISTRY: registry,
    Look.LEDGER: ledger,
    Look.RECEIPTS: receipts,
    Look.REPLAY: replay,
    Look.OUTCOMES_RETURN: outcomes_return,
    Look.STRANGE_IDS: strange_ids,
    Look.CONTRADICTIONS: contradictions,
}
"""The checks, in their order."""
