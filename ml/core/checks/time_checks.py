"""Checks of when rows came, where a column says so."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta
from statistics import median

from ml.contract.names import Role
from ml.core.checks.seen import Seen, Sight

_WEEK = timedelta(days=7)
#: Weeks that must be over before one can be odd.
_HISTORY = 3
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
    weeks = _every_week(sight.now.weeks)
    over = [week for week in weeks if week + _WEEK <= newest + timedelta(days=1)]
    for place, week in enumerate(over):
        if place >= _HISTORY and week in _new(sight, over):
            usual = median(weeks[one] for one in over[:place])
            yield from _odd_week(sight, week, weeks[week], usual)


def _odd_week(sight: Sight, week: date, rows: int, usual: float) -> Iterator[Seen]:
    if usual and abs(rows - usual) > _ERRORS * math.sqrt(usual):
        said = f"the week of {week} has {rows:,} rows; the median week before it has {usual:,.0f}"
        yield Seen(figure=abs(rows - usual) / usual, said=said, columns=_columns(sight))


def _new(sight: Sight, over: list[date]) -> list[date]:
    """Weeks that were not over when the data of before was checked; at first, the last one."""
    before = sight.before.newest if sight.before else None
    if before is None:
        return over[-1:]
    return [week for week in over if week + _WEEK > date.fromisoformat(before) + timedelta(days=1)]


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
