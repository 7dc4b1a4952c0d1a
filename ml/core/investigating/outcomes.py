"""What became of leads, as the CRM tells it, and where it contradicts itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from ml.core.columns import Floats, day_number


@dataclass(frozen=True, kw_only=True)
class Told:
    """One line of a file of outcomes.

    Parameters
    ----------
    lead : str
        Its id.
    outcome : float or None
        None where nothing is known yet.
    known_at : date or None
        The day on which it was known.
    """

    lead: str
    outcome: float | None
    known_at: date | None = None


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """Outcomes beside the leads of late.

    Parameters
    ----------
    outcome : ndarray of shape (n_leads,)
        Of each lead, NaN where it is not known, or told in two ways.
    known : ndarray of shape (n_leads,)
        The day, as `day_number` counts; NaN where nothing says so.
    named : int
        Different ids in the file.
    strange : int
        Those that no lead of late or of training has.
    contradicted : int
        Leads of which the file says two things.
    unreadable : int, default=0
        Lines with a word that is no outcome.
    future : int, default=0
        Lines dated ahead of the clock, which count for nothing yet.
    """

    outcome: Floats
    known: Floats
    named: int
    strange: int
    contradicted: int
    unreadable: int = 0
    future: int = 0


def beside(
    leads: Sequence[str],
    told: Sequence[Told],
    *,
    known_leads: frozenset[str] = frozenset(),
    unreadable: int = 0,
    today: date = date.max,
) -> Outcomes:
    """The outcomes of leads, in their order.

    Parameters
    ----------
    leads : sequence of str
        Ids of the leads of late.
    told : sequence of Told
        Lines of the file, in any order.
    known_leads : frozenset of str, default=frozenset()
        Ids that the model learnt from; a file may well tell of them too.
    unreadable : int, default=0
        Lines that were left out.
    today : date, default=date.max
        Outcomes of later days are still to come, whatever the file says.

    Examples
    --------
    >>> said = [Told(lead="a", outcome=1.0), Told(lead="b", outcome=0.0),
    ...         Told(lead="b", outcome=1.0), Told(lead="x", outcome=0.0)]
    >>> found = beside(["a", "b", "c"], said)
    >>> found.outcome.tolist(), found.strange, found.contradicted
    ([1.0, nan, nan], 1, 1)
    """
    by_lead: dict[str, set[float]] = {}
    days: dict[str, date] = {}
    future = 0
    for one in told:
        seen = by_lead.setdefault(one.lead, set())
        if one.known_at is not None and one.known_at > today:
            future += 1
            continue
        if one.outcome is not None:
            seen.add(one.outcome)
        if one.known_at is not None:
            days[one.lead] = max(one.known_at, days.get(one.lead, one.known_at))
    ours = known_leads.union(leads)
    return Outcomes(
        outcome=np.array([_single(by_lead.get(lead)) for lead in leads], np.float64),
        known=np.array([_day(days, lead) for lead in leads], np.float64),
        named=len(by_lead),
        strange=sum(lead not in ours for lead in by_lead),
        contradicted=sum(len(seen) > 1 for seen in by_lead.values()),
        unreadable=unreadable,
        future=future,
    )


def _single(seen: set[float] | None) -> float:
    return next(iter(seen)) if seen and len(seen) == 1 else float("nan")


def _day(days: Mapping[str, date], lead: str) -> float:
    return day_number(days[lead]) if lead in days else float("nan")
