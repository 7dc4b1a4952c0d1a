"""Checks of when rows came, where a column says so."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta
from statistics import median

from ml.contract.names import Role
from ml.core.checks.seen import Seen, Sight

_WEEK = timedelta(days=7)
#: Weeks that must be over before one can be odd, and how many of them it is held to.
_HISTORY, _LOOKED_BACK = 3, 12
#: Standard errors of a count beyond which chance no longer explains a week.
_ERRORS = 4.0


def freshness(sight: Sight) -> Iterator[Seen]:
    """Days since the newest row."""
    newest = _newest(sight)
    if newest is not None:
        age = (sight.today - newest).days
        said = f"the newest row is of {newest}, {age:,} days ago"
        yield Seen(figure=age, said=said, columns=_columns(sight))


def future(sight: Sight) -> Iterator[Seen]:
    """Days by which the newest row lies ahead; one, for clocks further east."""
    newest = _newest(sight)
    if newest is not None:
        ahead = max((newest - sight.today).days - 1, 0)
        said = f"the newest row is of {newest}, which is {ahead + 1:,} days ahead"
        yield Seen(figure=ahead, said=said, columns=_columns(sight))


def weekly_volume(sight: Sight) -> Iterator[Seen]:
    """Rows of each week that is new and over, beside the median week before it."""
    newest = _newest(sight)
    if newest is None:
        return
    weeks, last = _every_week(sight.now.weeks), min(newest, sight.today)
    over = [week for week in weeks if _is_over(week, last)]
    for place in range(_first_new(sight, over), len(over)):
        earlier = over[max(place - _LOOKED_BACK, 0) : place]
        if len(earlier) >= _HISTORY:
            usual = median(weeks[week] for week in earlier)
            yield from _odd_week(sight, over[place], weeks[over[place]], usual)


def _odd_week(sight: Sight, week: date, rows: int, usual: float) -> Iterator[Seen]:
    if usual and abs(rows - usual) > _ERRORS * math.sqrt(usual):
        said = f"the week of {week} has {rows:,} rows; the median week before it has {usual:,.0f}"
        yield Seen(figure=abs(rows - usual) / usual, said=said, columns=_columns(sight))


def _first_new(sight: Sight, over: list[date]) -> int:
    """Place of the first week that was not over when the data of before was checked.

    At first, only the last week is new.
    """
    before = sight.before.newest if sight.before else None
    if before is None:
        return max(len(over) - 1, 0)
    return sum(_is_over(week, date.fromisoformat(before)) for week in over)


def _is_over(week: date, last: date) -> bool:
    """Whether the week of a Monday ends by a day."""
    return week + timedelta(days=6) <= last


def _every_week(counted: dict[str, int]) -> dict[date, int]:
    """Rows per week, those without any included."""
    known = {date.fromisoformat(week): rows for week, rows in counted.items()}
    first, last = min(known), max(known)
    number = (last - first) // _WEEK
    return {first + k * _WEEK: known.get(first + k * _WEEK, 0) for k in range(number + 1)}


def _newest(sight: Sight) -> date | None:
    return date.fromisoformat(sight.now.newest) if sight.now.newest else None


def _columns(sight: Sight) -> tuple[str, ...]:
    return tuple(column.name for column in sight.use_case.schema.with_role(Role.TIME))
