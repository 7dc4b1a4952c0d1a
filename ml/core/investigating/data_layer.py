"""The data: whether it arrives, is new and whole, and is still like that of before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ml.contract.investigation import FindingState, Look
from ml.contract.names import CheckState, Role
from ml.contract.watching import Severity, Signal
from ml.core.checks.chance import share
from ml.core.investigating.broken import broken_fields, unsound_columns
from ml.core.investigating.evidence import Evidence
from ml.core.investigating.leaks import leaks
from ml.core.investigating.looking import Check, Lacking, Saw, heard, raised_or
from ml.core.watching.arrivals import arrival_signals
from ml.core.watching.data import data_signals

#: Share of leads that the model learnt from, from which they are no leads of late.
_KNOWN = 0.5


def arrives(evidence: Evidence) -> Iterator[Saw]:
    """Enough rows to say anything."""
    rows = evidence.current.table.num_rows
    says = f"{rows:,} rows can be read, of {evidence.current.received:,} in the file"
    if rows < evidence.enough:
        says = f"{says}; {evidence.enough:,} are needed to say anything."
        raise Lacking(FindingState.INSUFFICIENT_DATA, says)
    yield Saw(says=f"{says}.", value=rows, bound=evidence.enough)


def schema(evidence: Evidence) -> Iterator[Saw]:
    """Columns that the model reads and the file lacks."""
    for name in evidence.current.absent:
        yield Saw(
            says=f"The file has no column {name}, which the model reads.",
            subject=name,
            severity=Severity.HIGH,
        )
    if not evidence.current.absent:
        yield Saw(says="Every column that the model reads is there.")


def held_back(evidence: Evidence) -> Iterator[Saw]:
    """Rows that cannot be read, by the column at fault."""
    current, limit = evidence.current, evidence.use_case.checks.held_back
    lost = current.received - current.table.num_rows
    part = share(lost, current.received)
    state, bound = limit.judge(part)
    worst = max(current.held, key=lambda name: current.held[name], default="")
    fault = f", most of them for {worst}" if worst else ""
    severity = {CheckState.WARN: Severity.MEDIUM, CheckState.STOP: Severity.HIGH}.get(state)
    yield Saw(
        says=f"{lost:,} of {current.received:,} rows were held back or repeat another{fault}.",
        value=part,
        bound=bound or limit.warn or limit.stop,
        severity=severity,
        subject=worst if severity else "",
    )


def added_columns(evidence: Evidence) -> Iterator[Saw]:
    """Columns that nobody declared: no fault, and where leaks come in."""
    found = evidence.current.undeclared
    named = ", ".join(column.source for column in found) or "none"
    yield Saw(says=f"Columns that the use case does not declare: {named}.", value=len(found))


def days(evidence: Evidence) -> Iterator[Saw]:
    """Rows dated ahead of the clock."""
    yield heard(_arrival(evidence)["future_rows"])


def freshness(evidence: Evidence) -> Iterator[Saw]:
    """Age of the newest row."""
    yield heard(_arrival(evidence)["age_days"])


def _arrival(evidence: Evidence) -> Mapping[str, Signal]:
    column = evidence.current.day_column
    if column is None:
        raise Lacking(
            FindingState.NOT_KEPT,
            "The file has no day of arrival (a column of role TIME, or 'Arrival Date').",
        )
    found = arrival_signals(
        evidence.current.table, column, policy=evidence.use_case.watch, now=evidence.now
    )
    signals = {signal.name: signal for signal in found}
    missing = Lacking(FindingState.INSUFFICIENT_DATA, "No row has a readable day of arrival.")
    if "future_rows" not in signals or "age_days" not in signals:
        raise missing
    return signals


def new_leads(evidence: Evidence) -> Iterator[Saw]:
    """Leads that the model learnt from or was judged on: the same export again."""
    if not evidence.known_leads:
        evidence.reference()
        raise Lacking(FindingState.NO_REFERENCE, "The rows of before carry no ids.")
    leads = evidence.current.table[evidence.use_case.schema.id.name].to_pylist()
    again = sum(lead in evidence.known_leads for lead in leads)
    part = share(again, len(leads))
    yield Saw(
        says=f"{again:,} of {len(leads):,} leads are ones that the model was made with.",
        value=part,
        bound=_KNOWN,
        severity=Severity.HIGH if part >= _KNOWN else None,
    )


def broken(evidence: Evidence) -> Iterator[Saw]:
    """Columns that became unusable."""
    found = broken_fields(evidence)
    for name, how in found.items():
        yield Saw(says=f"{how}.", subject=name, severity=Severity.HIGH)
    if not found:
        yield Saw(says="No column went empty, stuck or unreadable.", value=0)


def _of_columns(evidence: Evidence, *names: str) -> Iterator[Signal]:
    """Signals about columns that are not broken altogether, by their names."""
    unsound = unsound_columns(evidence)
    found = data_signals(
        evidence.reference(),
        evidence.current.table,
        columns=[column for column in evidence.columns if column.name not in unsound],
        policy=evidence.use_case.watch,
        drift=evidence.use_case.drift,
        drifts=[seen for seen in evidence.drifts if seen.column not in unsound],
        importance=evidence.scored.importance if evidence.scored else None,
        now=evidence.now,
        time_column=evidence.current.day_column,
    )
    return (signal for signal in found if signal.name in names)


def missing(evidence: Evidence) -> Iterator[Saw]:
    """Columns that are empty more often."""
    yield from raised_or("No column is empty more often.", _of_columns(evidence, "missing_share"))


def new_levels(evidence: Evidence) -> Iterator[Saw]:
    """Levels that nobody knew."""
    yield from raised_or("No column has new levels.", _of_columns(evidence, "new_levels"))


def outside_range(evidence: Evidence) -> Iterator[Saw]:
    """Numbers beyond all that was seen."""
    yield from raised_or("No number is out of range.", _of_columns(evidence, "outside_range"))


def volume(evidence: Evidence) -> Iterator[Saw]:
    """Rows a week beside what is usual."""
    time = evidence.use_case.schema.with_role(Role.TIME)
    if not time or evidence.current.day_column is None:
        raise Lacking(
            FindingState.NOT_KEPT, "The rows of before have no days, so no week is the usual one."
        )
    yield from raised_or("As many rows come as before.", _of_columns(evidence, "volume"))


def drift(evidence: Evidence) -> Iterator[Saw]:
    """Columns that are not broken, and not as they were."""
    found = [*_of_columns(evidence, "drifted_share", "psi")]
    whole = [heard(signal) for signal in found if signal.name == "drifted_share"]
    if not whole:
        raise Lacking(FindingState.INSUFFICIENT_DATA, "No column is left that is not broken.")
    told = (heard(signal) for signal in found if signal.name == "psi")
    raised = [saw for saw in told if saw.severity]
    yield from (*whole, *sorted(raised, key=lambda saw: -np.nan_to_num(saw.value or 0.0)))


CHECKS: Mapping[Look, Check] = {
    Look.ARRIVES: arrives,
    Look.SCHEMA: schema,
    Look.HELD_BACK: held_back,
    Look.ADDED_COLUMNS: added_columns,
    Look.DAYS: days,
    Look.FRESHNESS: freshness,
    Look.VOLUME: volume,
    Look.NEW_LEADS: new_leads,
    Look.BROKEN_FIELDS: broken,
    Look.MISSING: missing,
    Look.NEW_LEVELS: new_levels,
    Look.RANGE: outside_range,
    Look.DRIFT: drift,
    Look.LEAKS: leaks,
}
"""The checks, in their order."""
