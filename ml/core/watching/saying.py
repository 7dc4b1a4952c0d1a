"""How a figure becomes a signal: what could be told, what could not, and how much it matters."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ml.contract.watching import Severity, Signal, SignalState, Watched

#: Share of a whole that is at fault from which somebody should look today.
_MANY = 0.01


def told(
    watched: Watched,
    name: str,
    value: float,
    *,
    subject: str = "",
    expected: float | None = None,
    bound: float | None = None,
    severity: Severity | None = None,
    says: str,
) -> Signal:
    """A figure that is known: raised exactly where it has a severity.

    Parameters
    ----------
    watched, name, value, subject, expected, bound, says
        As of `Signal`. A value that is not finite could not be told after all.
    severity : Severity or None, default=None
        How much it matters; None where all is well.

    Examples
    --------
    >>> told(Watched.DATA, "age_days", 3.0, says="The newest row is 3 days old.").state
    'OK'
    """
    if not math.isfinite(value):
        return untold(watched, name, SignalState.INSUFFICIENT_DATA, subject=subject, says=says)
    return Signal(
        watched=watched.value,
        name=str(name),
        subject=subject,
        value=float(value),
        expected=_finite(expected),
        bound=_finite(bound),
        state=(SignalState.RAISED if severity else SignalState.OK).value,
        severity=severity.value if severity else None,
        says=says,
    )


def untold(
    watched: Watched,
    name: str,
    state: SignalState,
    *,
    subject: str = "",
    value: float | None = None,
    bound: float | None = None,
    says: str,
) -> Signal:
    """A figure of which nothing can be said yet; `state` tells why.

    Parameters
    ----------
    value, bound : float or None, default=None
        How many rows there are, and how many are needed, where that is the reason.
    """
    return Signal(
        watched=watched.value,
        name=str(name),
        subject=subject,
        value=_finite(value),
        bound=_finite(bound),
        state=state.value,
        says=says,
    )


def fault(watched: Watched, name: str, count: int, whole: int, *, says: str) -> Signal:
    """So many of a whole that none should be: raised LOW from one on, MEDIUM from a hundredth.

    Examples
    --------
    >>> fault(Watched.DATA, "future_rows", 3, 100, says="3 rows are dated in the future.").severity
    'medium'
    """
    severity = None
    if count:
        severity = Severity.MEDIUM if count >= _MANY * whole else Severity.LOW
    return told(watched, name, count, expected=0, bound=1, severity=severity, says=says)


def _finite(figure: float | None) -> float | None:
    return None if figure is None or not math.isfinite(figure) else float(figure)


def ladder(
    value: float, bound: float, *, factor: float, first: Severity = Severity.MEDIUM
) -> Severity | None:
    """How much a figure matters that grows with the harm.

    Parameters
    ----------
    value, bound : float
        Below `bound` it does not matter at all.
    factor : float
        From so many times the bound on it matters one degree more.
    first : Severity, default=Severity.MEDIUM
        At the bound.

    Examples
    --------
    >>> [ladder(psi, 0.2, factor=2) for psi in (0.19, 0.2, 0.4)]
    [None, <Severity.MEDIUM: 'medium'>, <Severity.HIGH: 'high'>]
    """
    if not value >= bound:
        return None
    return moved(first, 1) if value >= factor * bound else first


def moved(severity: Severity, steps: int) -> Severity:
    """A severity so many degrees up or down, as far as there are any."""
    degrees = list(Severity)
    return degrees[min(max(severity.rank + steps, 0), len(degrees) - 1)]


def worst(signals: Iterable[Signal]) -> Severity | None:
    """The severity of the worst raised signal; None where none is raised.

    Examples
    --------
    >>> worst([]) is None
    True
    """
    raised = [Severity(signal.severity) for signal in signals if signal.severity]
    return max(raised, key=lambda severity: severity.rank, default=None)
