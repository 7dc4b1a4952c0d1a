"""Splits: every row in one part, the same each time, old before new where the split says so."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.contract.errors import LeadwiseError
from ml.contract.names import Kind, Role
from ml.contract.schema import Column, Schema
from ml.contract.splits import ArrivalSplit, StratifiedSplit, TimeSplit
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
SPLITS = [StratifiedSplit(), ArrivalSplit(), TimeSplit(), TimeSplit(gap=timedelta(days=5))]


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
    names = ("train", "validation", "test", "left_out")
    return {leads["lead"].iloc[row]: name for name in names for row in getattr(parts, name)}


@pytest.mark.parametrize("split", SPLITS, ids=str)
@given(rows=st.integers(60, 400), seed=st.integers(0, 1000))
def test_every_row_is_in_one_part(split, rows, seed):
    leads = table(rows, seed)
    parts = divide(leads, SCHEMA, split)
    together = np.concatenate([parts.train, parts.validation, parts.test, parts.left_out])
    assert sorted(together) == list(range(rows))
    assert not len(parts.left_out) or getattr(split, "gap", timedelta(0))


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
