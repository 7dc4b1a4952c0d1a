"""How a check is made: what it saw, what it lacked, and that no fault of it stops the others."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml.contract.investigation import Finding, FindingState, Layer, Look
from ml.contract.watching import Severity, Signal, SignalState

if TYPE_CHECKING:
    from ml.core.investigating.evidence import Evidence


class Lacking(Exception):
    """Raised when a check has nothing to look at; the state says what kind of nothing."""

    def __init__(self, state: FindingState, says: str) -> None:
        self.state, self.says = state, says
        super().__init__(says)


@dataclass(frozen=True, kw_only=True)
class Saw:
    """What a check saw; raised exactly where it has a severity."""

    says: str
    value: float | None = None
    expected: float | None = None
    bound: float | None = None
    severity: Severity | None = None
    subject: str = ""
    state: FindingState | None = None


Check = Callable[["Evidence"], Iterator[Saw]]


def look(layer: Layer, checks: Mapping[Look, Check], evidence: Evidence) -> Iterator[Finding]:
    """Findings of a layer's checks, one or more for each."""
    for name, check in checks.items():
        for saw in _seen(name, check, evidence):
            yield _finding(layer, name, saw)


def _seen(name: Look, check: Check, evidence: Evidence) -> list[Saw]:
    try:
        return list(check(evidence))
    except Lacking as lacking:
        return [Saw(says=lacking.says, state=lacking.state)]
    except Exception as fault:  # whatever it is, the other checks go on and this one says so
        says = f"The check {name} came to grief ({type(fault).__name__}: {fault}); report it."
        return [Saw(says=says, state=FindingState.FAILED)]


def _finding(layer: Layer, check: Look, saw: Saw) -> Finding:
    state = saw.state or (FindingState.RAISED if saw.severity else FindingState.OK)
    return Finding(
        layer=layer.value,
        check=check.value,
        state=state.value,
        severity=saw.severity.value if saw.severity else None,
        subject=saw.subject,
        value=_finite(saw.value),
        expected=_finite(saw.expected),
        bound=_finite(saw.bound),
        says=saw.says,
    )


def _finite(figure: float | None) -> float | None:
    return None if figure is None or not math.isfinite(figure) else float(figure)


def heard(signal: Signal) -> Saw:
    """A signal of the watch, as a check saw it."""
    raised = signal.state == SignalState.RAISED
    return Saw(
        says=signal.says,
        value=signal.value,
        expected=signal.expected,
        bound=signal.bound,
        severity=Severity(signal.severity) if raised and signal.severity else None,
        subject=signal.subject,
        state=FindingState(signal.state),
    )


def raised_or(all_well: str, signals: Iterator[Signal]) -> Iterator[Saw]:
    """The raised ones of several signals, what could not be told, or one word that all is well."""
    found = [heard(signal) for signal in signals if signal.state != SignalState.OK]
    yield from found or [Saw(says=all_well)]
