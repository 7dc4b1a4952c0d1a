"""Splits: every row in one part, the same each time, old before new where the split says so."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.contract.errors import InvalidUseCase, LeadwiseError, UsageError
from ml.contract.names import Kind, Role
from ml.contract.schema import Column, Schema
from ml.contract.splits import ArrivalSplit, DaySplit, StratifiedSplit, TimeSplit
from ml.core.splitting import divide

SCHEMA = Schema(
    columns=(
        Column(name="lead", source="Lead", kind=Kind.TEXT, role=Role.ID),
        Column(name="number", source="Number", kind=Kind.TEXT, role=Role.ORDER),
        Column(name="day", source="Day", kind=Kind.DATE, role=Role.TIME),
        Column(name="visits", source="Visits", kind=Kind.INTEGER),
        Column(name="won", source="Won", kind=Kind.INTEGER, role=Role.TARGET, low=0, high=1),
    )
)
HOLDOUT = {"validation_share": 0.1, "test_share": 0.1, "holdout_share": 0.4}
SPLITS = [
    StratifiedSplit(),
    ArrivalSplit(),
    TimeSplit(),
    TimeSplit(gap=timedelta(days=5)),
    ArrivalSplit(gap_rows=3),
    StratifiedSplit(**HOLDOUT),
    ArrivalSplit(**HOLDOUT, gap_rows=2),
    TimeSplit(**HOLDOUT, gap=timedelta(days=1)),
    DaySplit(train_days=40, validation_days=20, test_days=20),
    DaySplit(train_days=40, validation_days=20, test_days=20, gap=timedelta(days=7)),
]
PARTS = ("train", "validation", "test", "holdout")
BY_TIME = [split for split in SPLITS if not isinstance(split, StratifiedSplit)]


def table(rows: int = 500, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    days = np.sort(random.integers(0, 100, rows))
    return pd.DataFrame(
        {
            "lead": [f"id-{row}" for row in range(rows)],
            "number": [str(9_000 + 2 * row) for row in range(rows)],
            "day": [date(2026, 1, 1) + timedelta(days=int(day)) for day in days],
            "visits": random.integers(0, 9, rows),
            "won": (random.random(rows) < 0.3).astype(int),
        }
    )


def places(leads: pd.DataFrame, split) -> dict[str, str]:
    parts = divide(leads, SCHEMA, split)
    names = (*PARTS, "left_out")
    return {leads["lead"].iloc[row]: name for name in names for row in getattr(parts, name)}


@pytest.mark.parametrize("split", SPLITS, ids=str)
@settings(max_examples=30)
@given(rows=st.integers(150, 400), seed=st.integers(0, 1000))
def test_every_row_is_in_one_part(split, rows, seed):
    leads = table(rows, seed)
    parts = divide(leads, SCHEMA, split)
    together = np.concatenate([getattr(parts, name) for name in (*PARTS, "left_out")])
    assert sorted(together) == list(range(rows))
    assert not len(parts.left_out) or _leaves_out(split)
    assert bool(len(parts.holdout)) == bool(getattr(split, "holdout_share", 0))


def _leaves_out(split) -> bool:
    gap = getattr(split, "gap", timedelta(0)) or getattr(split, "gap_rows", 0)
    return isinstance(split, DaySplit) or bool(gap)


@pytest.mark.parametrize("split", BY_TIME, ids=str)
@settings(max_examples=30)
@given(rows=st.integers(150, 400), seed=st.integers(0, 1000))
def test_nothing_in_a_later_part_is_older_than_an_earlier_part(split, rows, seed):
    leads = table(rows, seed)
    parts = divide(leads, SCHEMA, split)
    days = [leads["day"].iloc[getattr(parts, name)] for name in PARTS]
    numbers = [leads["number"].astype(int).iloc[getattr(parts, name)] for name in PARTS]
    for before, after in pairwise([part for part in days if len(part)]):
        assert after.min() - before.max() >= timedelta(0)
        if not isinstance(split, ArrivalSplit):
            assert after.min() - before.max() > split.gap  # so no day is in two parts
    for before, after in pairwise([part for part in numbers if len(part)]):
        if isinstance(split, ArrivalSplit):
            assert after.min() - before.max() > 2 * split.gap_rows


@pytest.mark.parametrize("split", SPLITS, ids=str)
def test_the_order_of_the_file_does_not_matter(split):
    leads = table()
    assert places(leads, split) == places(leads.sample(frac=1, random_state=1), split)


@pytest.mark.parametrize("split", SPLITS[:3], ids=str)
def test_shares_are_kept(split):
    parts = divide(table(1000), SCHEMA, split)
    assert len(parts.test) == pytest.approx(200, abs=15)
    assert len(parts.validation) == pytest.approx(200, abs=30)


def test_each_part_has_the_same_share_of_outcomes():
    leads = table(2000)
    parts = divide(leads, SCHEMA, StratifiedSplit())
    rates = [leads["won"].iloc[rows].mean() for rows in (parts.train, parts.validation, parts.test)]
    assert np.ptp(rates) < 0.003


def test_a_lead_keeps_its_part_when_the_table_grows():
    before, after = places(table(2000), StratifiedSplit()), places(table(2200), StratifiedSplit())
    moved = sum(after[lead] != part for lead, part in before.items())
    assert moved < 0.05 * len(before)  # a fresh division moves more than half


def test_another_seed_gives_another_division():
    one = places(table(), StratifiedSplit(seed=3))
    two = places(table(), StratifiedSplit(seed=4))
    assert sum(one[lead] != two[lead] for lead in one) > 150


def test_arrival_order_is_numeric_not_alphabetic():
    leads = table(1000)  # numbers pass from 9998 to 10000
    parts = divide(leads, SCHEMA, ArrivalSplit())
    assert parts.train.max() < parts.validation.min() < parts.test.min()


def test_days_are_whole_and_the_gap_lies_before_each_later_part():
    leads = table(2000)
    gap = timedelta(days=5)
    parts = divide(leads, SCHEMA, TimeSplit(gap=gap))
    days = {
        name: leads["day"].iloc[getattr(parts, name)] for name in ("train", "validation", "test")
    }
    assert days["validation"].min() - days["train"].max() > gap
    assert days["test"].min() - days["validation"].max() > gap
    assert len(parts.left_out) == 2000 - sum(map(len, days.values()))


@pytest.mark.parametrize(
    ("split", "column"), [(ArrivalSplit(), "number"), (TimeSplit(), "day")], ids=str
)
def test_rows_without_a_place_in_time_are_refused(split, column):
    leads = table()
    with pytest.raises(LeadwiseError, match=f"'{column}' orders the rows"):
        divide(leads.drop(columns=column), SCHEMA, split)
    leads.loc[3, column] = None
    with pytest.raises(LeadwiseError, match=f"1 of 500 rows have no '{column}'"):
        divide(leads, SCHEMA, split)


def test_an_empty_part_is_named():
    with pytest.raises(LeadwiseError, match="the train part is empty"):
        divide(table(), SCHEMA, TimeSplit(gap=timedelta(days=80)))
    with pytest.raises(LeadwiseError, match="part is empty"):
        divide(table(2), SCHEMA, StratifiedSplit())


@pytest.mark.parametrize(
    "split", [StratifiedSplit(**HOLDOUT), ArrivalSplit(**HOLDOUT), TimeSplit(**HOLDOUT)], ids=str
)
def test_a_production_holdout_takes_its_share_of_the_newest_rows(split):
    parts = divide(table(1000), SCHEMA, split)
    sizes = [len(getattr(parts, name)) for name in PARTS]
    assert sizes == pytest.approx([400, 100, 100, 400], abs=15)


def week(days=range(14)) -> pd.DataFrame:
    """Ten rows a day for two weeks, or on some of the days."""
    return table(10 * len(days)).assign(
        day=[date(2026, 11, 2) + timedelta(days=day) for day in days for _ in range(10)]
    )


def test_of_the_newest_week_four_days_train_one_validates_two_test():
    leads = week()
    parts = divide(leads, SCHEMA, DaySplit())
    found = {name: sorted(set(leads["day"].iloc[getattr(parts, name)])) for name in PARTS}
    first = date(2026, 11, 9)
    assert found == {
        "train": [first + timedelta(days=day) for day in range(4)],
        "validation": [first + timedelta(days=4)],
        "test": [first + timedelta(days=5), first + timedelta(days=6)],
        "holdout": [],
    }
    assert len(parts.left_out) == 70


def test_a_gap_moves_the_days_before_it():
    leads = week()
    parts = divide(leads, SCHEMA, DaySplit(gap=timedelta(days=1)))
    assert leads["day"].iloc[parts.train].min() == date(2026, 11, 7)
    assert leads["day"].iloc[parts.train].max() == date(2026, 11, 10)
    assert set(leads["day"].iloc[parts.validation]) == {date(2026, 11, 12)}
    assert leads["day"].iloc[parts.test].min() == date(2026, 11, 14)


def test_days_without_rows_are_days():
    with pytest.raises(LeadwiseError, match="the validation part is empty: 40 train, 0 validation"):
        divide(week([7, 8, 9, 10, 12, 13]), SCHEMA, DaySplit())


def test_no_rows_and_an_empty_holdout_are_named():
    with pytest.raises(UsageError, match="there are no rows to divide"):
        divide(table(500).iloc[:0], SCHEMA, StratifiedSplit())
    few = {"validation_share": 0.2, "test_share": 0.2, "holdout_share": 0.04}
    with pytest.raises(LeadwiseError, match="the holdout part is empty"):
        divide(table(10), SCHEMA, ArrivalSplit(**few))


@pytest.mark.parametrize(
    ("kind", "asked", "message"),
    [
        (StratifiedSplit, {"test_share": 0.0}, "test_share is 0.0; expected a share between"),
        (TimeSplit, {"holdout_share": 1.0}, "holdout_share is 1.0; expected 0 or a share below 1"),
        (TimeSplit, {"holdout_share": 0.7}, "nothing is left to train"),
        (TimeSplit, {"gap": timedelta(hours=5)}, "expected whole days"),
        (DaySplit, {"gap": timedelta(days=-1)}, "expected whole days, 0 or more"),
        (DaySplit, {"validation_days": 0}, "validation_days is 0; expected 1 or more days"),
        (ArrivalSplit, {"gap_rows": -1}, "gap_rows is -1; expected 0 or more rows"),
    ],
)
def test_a_split_that_cannot_be_is_refused(kind, asked, message):
    with pytest.raises(InvalidUseCase, match=message):
        kind(**asked)
