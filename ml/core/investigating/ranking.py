"""From findings to causes, by the table of `speaking` and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ml.contract.investigation import Cause, Finding, FindingState, RankedCause
from ml.contract.watching import Severity
from ml.core.investigating.speaking import DECIDED_BY, ENOUGH, TABLE, Speaks

#: Sentences that a cause is told with.
_SAID = 4


def ranked_causes(findings: Sequence[Finding]) -> tuple[RankedCause, ...]:
    """Causes that have `ENOUGH` points, the most likely first.

    Parameters
    ----------
    findings : sequence of Finding
        Of all layers.

    Returns
    -------
    tuple of RankedCause
        Equal points are a tie, in the order of `Cause`. Where no cause has enough: `UNCLEAR` if
        more than a line in the report is raised, `INSUFFICIENT_DATA` if some cause was not looked
        for, else `NOTHING_FOUND`.

    Examples
    --------
    >>> stale = Finding(layer="data", check="freshness", state="RAISED", says="It is 40 days old.")
    >>> [(one.cause, one.points, one.why) for one in ranked_causes([stale])]
    [('STALE_DATA', 9, ('It is 40 days old.',))]
    """
    counted = [_counted(cause, findings) for cause in DECIDED_BY]
    named = [one for one in counted if one.points >= ENOUGH]
    if not named:
        return (_without_cause(findings),)
    whole = sum(one.points for one in named)
    order = {cause: place for place, cause in enumerate(Cause)}
    named.sort(key=lambda one: (-one.points, order[Cause(one.cause)]))
    return tuple(
        RankedCause(
            cause=one.cause,
            points=one.points,
            weight=one.points / whole,
            why=one.why,
            against=one.against,
        )
        for one in named
    )


def unlooked(findings: Sequence[Finding]) -> tuple[Cause, ...]:
    """Causes that may be there: no check that could decide on them could be made."""
    judged = {one.check for one in findings if FindingState(one.state).judged}
    return tuple(
        cause
        for cause, checks in DECIDED_BY.items()
        if not judged & {check.value for check in checks}
    )


def _counted(cause: Cause, findings: Sequence[Finding]) -> RankedCause:
    speaking = [row for row in TABLE if row.cause is cause and _holds(row, findings)]
    speaking.sort(key=lambda row: -abs(row.points))
    return RankedCause(
        cause=cause.value,
        points=sum(row.points for row in speaking),
        weight=0.0,
        why=_sentences((row for row in speaking if row.points > 0), findings),
        against=_sentences((row for row in speaking if row.points < 0), findings),
    )


def _holds(row: Speaks, findings: Sequence[Finding]) -> bool:
    return any(_matches(row, one) for one in _of(row, findings))


def _of(row: Speaks, findings: Sequence[Finding]) -> list[Finding]:
    """Findings of the row's check; one that is raised drowns those that are not."""
    found = [one for one in findings if one.check == row.check]
    raised = [one for one in found if one.state == FindingState.RAISED]
    return raised or found


def _matches(row: Speaks, finding: Finding) -> bool:
    return finding.state == row.state


def _sentences(rows: Iterator[Speaks], findings: Sequence[Finding]) -> tuple[str, ...]:
    said = [one.says for row in rows for one in _of(row, findings)[:_SAID] if _matches(row, one)]
    return tuple(dict.fromkeys(said))


def _without_cause(findings: Sequence[Finding]) -> RankedCause:
    grave = [
        one for one in findings if one.state == FindingState.RAISED and one.severity != Severity.LOW
    ]
    failed = [one for one in findings if one.state == FindingState.FAILED]
    if grave:
        return _alone(Cause.UNCLEAR, [one.says for one in grave])
    if failed or unlooked(findings):
        open_ones = [
            f"Not looked for: {cause.replace('_', ' ').lower()}." for cause in unlooked(findings)
        ]
        return _alone(Cause.INSUFFICIENT_DATA, [*(one.says for one in failed), *open_ones])
    return _alone(Cause.NOTHING_FOUND, ["Nothing is raised, and every cause was looked for."])


def _alone(cause: Cause, why: list[str]) -> RankedCause:
    return RankedCause(cause=cause.value, points=0, weight=1.0, why=tuple(why))
