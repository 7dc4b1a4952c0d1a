"""The evidence in sentences, what weighs most first."""

from __future__ import annotations

from collections.abc import Iterator

from ml.contract.known_leaks import KnownLeak
from ml.contract.moments import Moment
from ml.contract.records import Interval
from ml.contract.use_case import UseCase
from ml.core.leakage.decided import DecidedLevel
from ml.core.leakage.event import Event
from ml.core.leakage.filling import Filling
from ml.core.leakage.finding import Evidence
from ml.core.leakage.judge import NEAR_RECORD, RECORD, Signs, Standing
from ml.core.leakage.timing import Timing

_SHOWN_LEVELS = 4
_SHOWN_COLUMNS = 3
#: p-values above it are what many columns show by chance.
_BY_CHANCE = 0.01


def sentences(
    evidence: Evidence,
    signs: Signs,
    *,
    known_from: Moment,
    standing: Standing,
    event: Event,
    use_case: UseCase,
    known: KnownLeak | None,
    undeclared: bool,
) -> tuple[str, ...]:
    """All that is worth saying of one column."""
    said = [
        *_strong(evidence, signs, known_from, undeclared),
        *_weak(evidence, signs, known_from, use_case),
    ]
    if standing.last and not signs.copy:
        said.insert(0, f"Declared for {known_from}, the last moment: by then it may tell the end.")
    if known:
        said.insert(0, f"Acknowledged: {known.reason}")
        if not signs.leak:
            said.insert(0, "Acknowledged, but nothing of a leak is left: take it off the list.")
    if evidence.filling:
        said.append(_filling(evidence.filling, evidence, event, signs, use_case.entity))
    return tuple(said)


def _strong(
    evidence: Evidence, signs: Signs, known_from: Moment, undeclared: bool
) -> Iterator[str]:
    if signs.leak or signs.suspect:
        declared = "Not declared" if undeclared else f"Declared for {known_from}"
        yield f"{declared}, but the evidence speaks for a later moment."
    if signs.copy:
        yield f"Alone it has AUC {_span(evidence.alone)}: the outcome under another name."
    elif signs.record or signs.near_record:
        beyond = RECORD if signs.record else NEAR_RECORD
        yield (
            f"Alone it has AUC {_span(evidence.alone)}, wholly above {beyond}: hardly anything "
            "that is known so early tells so much."
        )
    if evidence.decided:
        yield _decided(evidence, signs)


def _decided(evidence: Evidence, signs: Signs) -> str:
    share = evidence.announcing + evidence.excluding
    levels = [_level(level) for level in evidence.decided[:_SHOWN_LEVELS]]
    more = len(evidence.decided) - len(levels)
    named = ", ".join(levels) + (f" and {more} more" if more else "")
    both = ", for both outcomes" if signs.decides else ""
    rows = f"{share:.1%} of the rows have a level that all but decides the outcome{both}"
    return f"{rows}: {named}."


def _level(level: DecidedLevel) -> str:
    name = "missing" if level.level is None else f"'{level.level}'"
    return f"{name} ({level.rows:,} rows, {level.rate:.1%})"


def _weak(evidence: Evidence, signs: Signs, known_from: Moment, use_case: UseCase) -> Iterator[str]:
    if evidence.company:
        yield _company(evidence.company, known_from, use_case)
    if evidence.timing:
        yield from _timing(evidence.timing, signs)


def _company(company: tuple[str, ...], known_from: Moment, use_case: UseCase) -> str:
    names = [f"{name} ({use_case.schema[name].known_from})" for name in company[:_SHOWN_COLUMNS]]
    return (
        f"Declared for {known_from}, but filled in for the very same rows as {', '.join(names)}: "
        "what is filled in together is known together."
    )


def _timing(seen: Timing, signs: Signs) -> Iterator[str]:
    if seen.emptier:
        yield (
            f"The newest fifth is emptier: {seen.missing_new:.0%} missing, "
            f"{seen.missing_old:.0%} before."
        )
    if seen.weaker:
        yield (
            f"For the newest fifth it says less: AUC {seen.auc_new.value:.3f}, "
            f"{seen.auc_old.value:.3f} before."
        )
    if signs.fades:
        yield "Both together are the mark of a field that is filled in later."


def _filling(seen: Filling, evidence: Evidence, event: Event, signs: Signs, entity: str) -> str:
    rates = (
        f"Missing in {evidence.missing_share:.1%} of the rows: there the {entity} {event.words} in "
        f"{seen.rate_missing:.0%} of cases, elsewhere in {seen.rate_present:.0%}"
    )
    if seen.p_value > _BY_CHANCE:
        return f"{rates}, which chance explains."
    if seen.odds is None:
        return f"{rates}."
    odds = f"among rows that arrive alike its odds are {_span(seen.odds, 2)} times those elsewhere"
    return f"{rates}; {odds}{_meaning(signs)}."


def _meaning(signs: Signs) -> str:
    if signs.filled_afterwards:
        return ": with so much to tell, it is filled in after the outcome is known"
    return ": whether it is filled in goes with the outcome" if signs.filled_by_outcome else ""


def _span(interval: Interval, digits: int = 3) -> str:
    value, low, high = (f"{x:.{digits}f}" for x in (interval.value, interval.low, interval.high))
    return f"{value} ({low} to {high})"
