"""What is said of a list of outcomes itself, before anything is judged by it."""

from __future__ import annotations

from ml.contract.watching import Severity, Signal, Watched
from ml.core.watching.saying import fault, told


def outcome_signals(
    *, named: int, ours: int, contradicted: int, unreadable: int = 0, future: int = 0
) -> tuple[Signal, ...]:
    """Signals about outcomes of unknown leads, contradicting, unreadable and future ones.

    Parameters
    ----------
    named : int
        Leads that the list names.
    ours : int
        Those of them that are among the leads that were scored. Outcomes of others are not taken;
        only that none is ours is a fault, as a CRM tells of all its leads.
    contradicted : int
        Leads of which it says two things; neither is taken.
    unreadable : int, default=0
        Lines whose outcome is none that the use case knows.
    future : int, default=0
        Outcomes of days to come; they are not taken.

    Examples
    --------
    >>> found = outcome_signals(named=200, ours=150, contradicted=1)
    >>> [signal.name for signal in found if signal.severity]
    ['contradicting_outcomes']
    """
    strangers = told(
        Watched.BUSINESS,
        "unknown_leads",
        named - ours,
        severity=Severity.HIGH if named and not ours else None,
        says=f"{named - ours:,} of {named:,} outcomes are of leads that were not scored here"
        + ("." if ours or not named else "; look whether both sides spell ids alike."),
    )
    return (
        strangers,
        fault(
            Watched.BUSINESS, "contradicting_outcomes", contradicted, named,
            says=f"{contradicted:,} leads have two outcomes, of which neither is taken; look which "
            "one the CRM means.",
        ),
        fault(
            Watched.BUSINESS, "unreadable_outcomes", unreadable, named + unreadable,
            says=f"{unreadable:,} outcomes cannot be read; look at how they are spelt.",
        ),
        fault(
            Watched.BUSINESS, "future_outcomes", future, named,
            says=f"{future:,} outcomes are dated in the future and not taken; look at the clock of "
            "what writes them.",
        ),
    )  # fmt: skip
