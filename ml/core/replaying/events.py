"""What can be planted in a year of leads."""

from __future__ import annotations

from enum import StrEnum

from ml.core.generator import Scenario

#: The field that breaks: models lean on it more than on any other that is known once a lead is
#: engaged.
_FIELD = "Total Time Spent on Website"
#: Log-odds of conversion that are lost: from 38 % to about 17 %.
_RATE_SHIFT = -1.5
#: What source and time on the website said of conversion, they say the reverse of.
_REVERSED = 1.0


class Event(StrEnum):
    """What happens in the week."""

    NONE = "none"
    DRIFT = "drift"  # other leads come, and each converts as such leads did before
    BASE_RATE = "base-rate"  # fewer leads convert, whatever they look like
    BROKEN_FIELD = "broken-field"  # a field that the model leans on is empty from then on
    CONCEPT_DRIFT = "concept-drift"  # the same leads come, and others of them convert


def scenario_of(event: Event, *, weeks: int, week: int) -> Scenario:
    """The stream of leads.

    Parameters
    ----------
    event : Event
    weeks : int
        Weeks over which leads arrive, in all.
    week : int
        The first week that is different, counted from 0.

    Examples
    --------
    >>> scenario_of(Event.DRIFT, weeks=20, week=9).drift_strength
    1.0
    """
    match event:
        case Event.DRIFT:
            return Scenario(arrival_weeks=weeks, drift_week=week)
        case Event.BASE_RATE:
            return Scenario(
                arrival_weeks=weeks, drift_week=week, drift_strength=0, base_rate_shift=_RATE_SHIFT
            )
        case Event.BROKEN_FIELD:
            return Scenario(
                arrival_weeks=weeks, drift_week=week, drift_strength=0, broken_field=_FIELD
            )
        case Event.CONCEPT_DRIFT:
            return Scenario(
                arrival_weeks=weeks, drift_week=week, drift_strength=0, concept_strength=_REVERSED
            )
    return Scenario(arrival_weeks=weeks)
