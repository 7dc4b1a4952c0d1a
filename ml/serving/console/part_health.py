"""Health at a glance: one line per part of the system, with the worst that was seen of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ml.contract.records import WatchRecord
from ml.contract.watching import Severity, Signal, SignalState, Watched
from ml.serving.console.monitoring import MonitorCommands
from ml.serving.console.watch_times import watched_at

#: Names of a line beside those of `SignalState`.
NEVER_LOOKED, LONG_AGO = "NEVER_LOOKED", "LONG_AGO"
_KNOWN = frozenset(state.value for state in SignalState)
#: From what asks for somebody to what is well; what cannot be told hides nothing that is raised.
_ORDER = (
    SignalState.RAISED,
    SignalState.INSUFFICIENT_DATA,
    SignalState.NO_REFERENCE,
    SignalState.LABELS_PENDING,
    SignalState.OK,
    # What nobody keeps is counted and named, and casts no doubt on what is known.
    SignalState.NOT_KEPT,
)


@dataclass(frozen=True, kw_only=True)
class PartHealth:
    """One part, as of the last look at it.

    Parameters
    ----------
    part : Watched
    state : str
        A `SignalState`, `NEVER_LOOKED`, or `LONG_AGO` where all was well too long ago to tell.
    severity : str
        A `Severity` where it is raised, else empty.
    says : str
        The worst signal in its own words.
    figures, raised, untold : int
        Figures of the look, those that ask for somebody, and those that could not be told.
    at : datetime or None
        When it was looked at last.
    next_move : str
        What to do; empty where nothing is to be done.
    command : str
        What to type for it, if anything.
    """

    part: Watched
    state: str
    severity: str = ""
    says: str = ""
    figures: int = 0
    raised: int = 0
    untold: int = 0
    at: datetime | None = None
    next_move: str = ""
    command: str = ""


def health(
    watches: Sequence[WatchRecord],
    service: Iterable[Signal],
    *,
    now: datetime,
    fresh: timedelta,
    commands: MonitorCommands,
) -> tuple[PartHealth, ...]:
    """A line for each part that is watched.

    Parameters
    ----------
    watches : sequence of WatchRecord
        Newest first; a part is judged by the newest that says anything of it.
    service : iterable of Signal
        What the server says of itself now.
    now : datetime
        The clock, with a zone.
    fresh : timedelta
        A look that is older says nothing of today.
    commands : MonitorCommands
        How people look again.
    """
    live = tuple(service)
    lines = []
    for part in Watched:
        at, signals = (now, live) if part is Watched.SERVICE else _newest(watches, part)
        lines.append(_line(part, at, signals, now - fresh, commands))
    return tuple(lines)


def _newest(
    watches: Sequence[WatchRecord], part: Watched
) -> tuple[datetime | None, tuple[Signal, ...]]:
    for record in watches:
        signals = tuple(one for one in record.signals if one.watched == part and _known(one))
        if signals:
            return watched_at(record), signals
    return None, ()


def _known(signal: Signal) -> bool:
    return signal.state in _KNOWN


def _line(
    part: Watched,
    at: datetime | None,
    signals: tuple[Signal, ...],
    oldest: datetime,
    commands: MonitorCommands,
) -> PartHealth:
    if not signals:
        move, command = _bringing(part, commands)
        return PartHealth(
            part=part,
            state=NEVER_LOOKED,
            says="Nobody looked yet.",
            next_move=move,
            command=command,
        )
    worst = min(signals, key=_gravity)
    state = worst.state
    if state == SignalState.OK and at is not None and at < oldest:
        state = LONG_AGO
    move, command = _move(part, state, commands)
    return PartHealth(
        part=part,
        state=state,
        severity=_severity(worst).value if state == SignalState.RAISED else "",
        says=_all_well(signals) if worst.state == SignalState.OK else worst.says,
        figures=len(signals),
        raised=sum(one.state == SignalState.RAISED for one in signals),
        untold=sum(one.state not in {SignalState.OK, SignalState.RAISED} for one in signals),
        at=at,
        next_move=move,
        command=command,
    )


def _all_well(signals: Iterable[Signal]) -> str:
    """That nothing is raised, and what nobody keeps."""
    unkept = [one.says for one in signals if one.state == SignalState.NOT_KEPT]
    if not unkept:
        return "Every figure is within its bounds."
    return f"Every figure that is kept is within its bounds. {unkept[0]}"


def _gravity(signal: Signal) -> tuple[int, int]:
    return _ORDER.index(SignalState(signal.state)), -_severity(signal).rank


def _severity(signal: Signal) -> Severity:
    """Of a raised signal; one whose severity nobody knows is not made light of."""
    return Severity(signal.severity) if signal.severity in set(Severity) else Severity.HIGH


def _move(part: Watched, state: str, commands: MonitorCommands) -> tuple[str, str]:
    if state == SignalState.OK:
        return "", ""
    if state == LONG_AGO:
        return "Look again with leads of late:", commands.watch
    if state == SignalState.RAISED:
        return _RAISED[part], "" if part is Watched.SERVICE else commands.investigate
    if part is Watched.SERVICE:
        return "It is judged once more was answered.", ""
    pending = state == SignalState.LABELS_PENDING
    return _UNTOLD[SignalState(state)], commands.outcomes if pending else commands.watch


def _bringing(part: Watched, commands: MonitorCommands) -> tuple[str, str]:
    if part in {Watched.PERFORMANCE, Watched.BUSINESS}:
        return "Look at leads whose outcome is known:", commands.outcomes
    return "Look at leads of late:", commands.watch


_RAISED = {
    Watched.DATA: "See which columns moved on Drift, then look for the root:",
    Watched.PREDICTIONS: "Hold the scores beside the data on Drift, then look for the root:",
    Watched.PERFORMANCE: "Look for the root before the model is trained again:",
    Watched.SERVICE: "See the runbook, and the server's log.",
    Watched.BUSINESS: "Ask sales what changed, and look for the root:",
}
_UNTOLD = {
    SignalState.INSUFFICIENT_DATA: "Look again at more rows:",
    SignalState.NO_REFERENCE: "Train and deploy a model, then look again:",
    SignalState.LABELS_PENDING: "Look again when the outcomes are known:",
    SignalState.NOT_KEPT: "Look again with a file that holds it:",
}
