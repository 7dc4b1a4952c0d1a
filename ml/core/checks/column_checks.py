"""Checks of one column."""

from __future__ import annotations

from collections.abc import Iterator

from ml.contract.checks import NUMBER_KINDS
from ml.contract.names import OTHER
from ml.contract.schema import Column
from ml.core.checks.bounds import usual_bounds
from ml.core.checks.chance import beyond_chance, share
from ml.core.checks.figures import LEVELS_KEPT, ColumnFigures
from ml.core.checks.seen import Seen, Sight, counted, percent, plain_number

#: Rows among which a share of before lets expect so many others before their absence is odd.
_EXPECTED = 20
#: Values that a median needs before it says anything.
_FOR_A_MEDIAN = 100
_NAMED_LEVELS = 5


def value_range(sight: Sight, column: Column) -> Iterator[Seen]:
    """Values that no row may hold."""
    outside = sight.of(column).outside
    said = (
        f"{column.source} is outside {plain_number(column.low)} to {plain_number(column.high)} "
        f"in {outside:,} rows"
    )
    yield Seen(figure=outside, said=said, rows=outside)


def missing(sight: Sight, column: Column) -> Iterator[Seen]:
    """Empty cells, unless there were as many before."""
    empty = sight.now.rows - sight.of(column).present
    now = share(empty, sight.now.rows)
    if now > _missing_before(sight, column):
        said = f"{column.source} is empty in {percent(now)} of rows"
        yield Seen(figure=now, said=said, rows=empty)


def _missing_before(sight: Sight, column: Column) -> float:
    """Share of empty cells before; 0 where nothing is known."""
    past = sight.of_before(column)
    if past is None or sight.before is None:
        return 0.0
    return share(sight.before.rows - past.present, sight.before.rows)


def missing_rise(sight: Sight, column: Column) -> Iterator[Seen]:
    """Empty cells beside before."""
    if sight.before is None or sight.of_before(column) is None:
        return
    rows, before = sight.now.rows, _missing_before(sight, column)
    empty = rows - sight.of(column).present
    now = share(empty, rows)
    if beyond_chance(now, rows, before, sight.before.rows):
        said = f"{column.source} is empty in {percent(now)} of rows; before, in {percent(before)}"
        yield Seen(figure=now - before, said=said, rows=empty)


def outliers(sight: Sight, column: Column) -> Iterator[Seen]:
    """Values beyond what is usual."""
    bounds = usual_bounds(column, sight.before)
    if bounds is None:
        return
    figures = sight.of(column)
    now = share(figures.beyond, figures.present)
    usual = f"above {plain_number(bounds[1])}"
    if column.usual_high is None:
        usual = f"outside {plain_number(bounds[0])} to {plain_number(bounds[1])}"
    said = f"{percent(now)} of the values of {column.source} are {usual}, which is rare"
    yield Seen(figure=now, said=said, rows=figures.beyond)


def typical(sight: Sight, column: Column) -> Iterator[Seen]:
    """The median beside the middle half of before."""
    figures, past = sight.of(column), sight.of_before(column)
    enough = past is not None and min(figures.present, past.present) >= _FOR_A_MEDIAN
    if not enough or past is None or past.number is None or figures.number is None:
        return
    low, high, now = past.number.quarter, past.number.three_quarters, figures.number.median
    width = high - low or abs(high) or 1.0
    said = (
        f"the middle value of {column.source} is {plain_number(now)}; before, half of the values "
        f"lay between {plain_number(low)} and {plain_number(high)}"
    )
    yield Seen(figure=max(low - now, now - high, 0.0) / width, said=said)


def single_value(sight: Sight, column: Column) -> Iterator[Seen]:
    """One value and no other, where nothing says what there was before."""
    only = _only_value(column, sight.of(column))
    if only is not None and sight.of_before(column) is None:
        yield Seen(figure=1, said=f"{column.source} is {only} in every row that has a value")


def constant(sight: Sight, column: Column) -> Iterator[Seen]:
    """One value where there were others."""
    figures, past = sight.of(column), sight.of_before(column)
    only = _only_value(column, figures)
    if only is None or past is None or only == _shown(OTHER):
        return  # that every value is unlisted, the check of levels says
    others = _share_of_others(column, only, past)
    if others * figures.present >= _EXPECTED:
        then = f"at least {percent(others)} were something else" if others < 1 else "none was"
        said = f"{column.source} is {only} in every row that has a value; before, {then}"
        yield Seen(figure=others, said=said, rows=figures.present)


def _only_value(column: Column, figures: ColumnFigures) -> str | None:
    if column.kind in NUMBER_KINDS:
        number = figures.number
        single = number is not None and number.distinct == 1
        return plain_number(number.low) if number and single else None
    return _shown(next(iter(figures.levels))) if len(figures.levels) == 1 else None


def _shown(level: str) -> str:
    return {"true": "yes", "false": "no"}.get(level) or repr(level)


def _share_of_others(column: Column, only: str, past: ColumnFigures) -> float:
    """Of the values of before, how many were certainly another one."""
    if column.kind in NUMBER_KINDS:
        return 1 - share(past.number.most, past.present) if past.number else 0.0
    same = {_shown(level): rows for level, rows in past.levels.items()}.get(only, 0)
    return 1 - share(same, past.present) if past.present else 0.0


def new_levels(sight: Sight, column: Column) -> Iterator[Seen]:
    """Values that nobody listed; of a column without a list, values that did not occur before."""
    figures, past = sight.of(column), sight.of_before(column)
    if column.levels:
        yield from _unlisted(column, figures, past)
    elif past is not None:
        yield from _unheard(column, figures, past)


def _unlisted(column: Column, figures: ColumnFigures, past: ColumnFigures | None) -> Iterator[Seen]:
    if past is None and OTHER in column.levels:
        return  # an answer that the form offers; only a change of it says anything
    rows = figures.levels.get(OTHER, 0)
    now = share(rows, figures.present)
    before = share(past.levels.get(OTHER, 0), past.present) if past else 0.0
    if past and not beyond_chance(now, figures.present, before, past.present):
        return
    then = f"; before, {percent(before)}" if past else ""
    said = f"{percent(now)} of the values of {column.source} are none of the expected ones{then}"
    yield Seen(figure=now - before, said=said, rows=rows)


def _unheard(column: Column, figures: ColumnFigures, past: ColumnFigures) -> Iterator[Seen]:
    # A level outside the ones kept was at most as frequent as the rarest of them.
    rarest = min(past.levels.values()) if len(past.levels) >= LEVELS_KEPT else 0
    slack = share(rarest, past.present)
    new = {level: n for level, n in figures.levels.items() if level not in past.levels}
    risen = sum(max(share(n, figures.present) - slack, 0.0) for n in new.values())
    if new and past.present:
        said = f"{percent(risen)} of the values of {column.source} did not occur before"
        named = tuple(counted(_shown(level), n) for level, n in [*new.items()][:_NAMED_LEVELS])
        yield Seen(figure=risen, said=said, rows=sum(new.values()), values=named)
