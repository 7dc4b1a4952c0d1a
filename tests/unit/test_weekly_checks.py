"""Weeks with odd numbers of rows are named, ordinary ones are not."""

from datetime import date, timedelta

import pytest

from ml.contract.names import Check
from tests.support.checking import TODAY, checked, clean_file
from tests.support.ordinary_orders import CASE, ROWS, only, order, orders


def _days(counts, first=date(2025, 3, 3)):
    """Rows, so many a day."""
    days = [first + timedelta(days=n) for n, count in enumerate(counts) for _ in range(count)]
    return clean_file(CASE, [order(n) | {"arrived": day} for n, day in enumerate(days)])


@pytest.mark.parametrize(
    "counts",
    [
        [15] * 70 + [15] * 2,
        [15] * 28 + [1] * 7 + [15] * 35,
        [1, 1, 1, 1, 0, 0, 0] * 15 + [0, 0, 0, 0, 0, 0, 1],
        [15] * 14,
        [40] * 112 + [10] * 91,
    ],
    ids=[
        "a week is not over",
        "an early week is thin",
        "weeks have few rows",
        "weeks are few",
        "weeks became fewer a quarter ago",
    ],
)
def test_a_week_that_may_be_as_it_is_is_no_finding(counts):
    said = checked(CASE, _days(counts), today=date(2025, 12, 31))
    assert said.of(Check.WEEKLY_VOLUME) == []


def test_a_day_far_off_hides_no_week_and_invents_none():
    days = [TODAY - timedelta(days=1 + n // 15) for n in range(ROWS)]
    strays = [date(1901, 1, 1), *days, date(2190, 1, 1)]
    table = clean_file(CASE, [order(n) | {"arrived": day} for n, day in enumerate(strays)])
    earlier = orders(lambda n, row: {"arrived": row["arrived"] - timedelta(days=14)})
    for reference in (None, checked(CASE, earlier).figures):
        said = checked(CASE, table, before=reference)
        assert [found.check for found in said.findings] == [Check.FUTURE]


def test_a_week_that_was_looked_at_before_is_not_looked_at_again():
    counts = [15] * 63 + [2] * 7
    first = checked(CASE, _days(counts))
    assert len(first.of(Check.WEEKLY_VOLUME)) == 1
    again = checked(CASE, _days([*counts, *[15] * 7]), before=first.figures)
    assert again.of(Check.WEEKLY_VOLUME) == []


@pytest.mark.parametrize(
    ("rows", "check"), [(15, None), (2, Check.WEEKLY_VOLUME), (60, Check.WEEKLY_VOLUME)]
)
def test_a_week_that_is_thin_or_double_is_named(rows, check):
    monday = date(2025, 3, 3)
    days = [monday + timedelta(days=n) for n in range(70)]
    counts = [rows if day >= days[-7] else 15 for day in days]
    arrived = [day for day, count in zip(days, counts, strict=True) for _ in range(count)]
    table = clean_file(CASE, [order(n) | {"arrived": day} for n, day in enumerate(arrived)])
    said = checked(CASE, table, today=days[-1])
    found = said.of(Check.WEEKLY_VOLUME)
    assert [one.check for one in found] == ([check] if check else [])
    assert all(str(days[-7]) in one.message for one in found)


def test_weeks_of_earlier_files_are_the_history_of_later_ones():
    monday = date(2025, 3, 3)

    def week(number, rows):
        days = [monday + timedelta(days=7 * number + n % 7) for n in range(rows)]
        return clean_file(CASE, [order(n) | {"arrived": d} for n, d in enumerate(days)])

    figures = None
    for number in range(5):
        said = checked(CASE, week(number, 700), before=figures, today=date(2025, 4, 10))
        assert said.of(Check.WEEKLY_VOLUME) == []
        figures = said.figures
    assert list(figures.weeks.values()) == [700] * 5
    thin = checked(CASE, week(5, 200), before=figures, today=date(2025, 4, 14))
    assert "200 rows; the median week before it has 700" in only(thin, Check.WEEKLY_VOLUME).message
    skipped = checked(CASE, week(6, 700), before=figures, today=date(2025, 4, 21))
    assert "has 0 rows" in only(skipped, Check.WEEKLY_VOLUME).message
