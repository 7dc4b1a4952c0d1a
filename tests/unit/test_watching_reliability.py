"""Looks at data: quiet where nothing changed, awake where something did."""

import numpy as np
import pyarrow as pa
import pytest

from ml.contract.errors import UsageError
from ml.contract.modelling import DriftPolicy
from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.contract.watch_policy import WatchPolicy
from ml.core.drift.planting import Emptied, Replaced, Scaled
from ml.core.watching.reliability import raised_rates

COLUMNS = tuple(
    [Column(name=f"n{n}", source=f"N{n}", kind=Kind.NUMBER) for n in range(8)]
    + [Column(name=f"c{n}", source=f"C{n}", kind=Kind.CATEGORY) for n in range(8)]
)


def history(rows=6_000):
    """Skewed numbers with gaps, and categories with a long tail of rare levels."""
    random = np.random.default_rng(0)
    numbers = {f"n{n}": random.gamma(0.5 + n, 10, rows) for n in range(8)}
    numbers["n0"][random.random(rows) < 0.3] = np.nan
    levels = {f"c{n}": [f"l{k}" for k in random.zipf(1.3 + 0.2 * n, rows)] for n in range(8)}
    return pa.table({name: pa.array(v, from_pandas=True) for name, v in (numbers | levels).items()})


HISTORY = history()


def found(rows, repetitions, plants=(), **options):
    return raised_rates(
        HISTORY, columns=COLUMNS, policy=WatchPolicy(), drift=DriftPolicy(), rows=rows,
        repetitions=repetitions, seed=1, plants=plants, **options,
    )  # fmt: skip


@pytest.mark.parametrize("rows", [200, 1_000])
def test_what_has_not_changed_is_hardly_ever_raised(rows):
    assert found(rows, 60).told <= 0.05


@pytest.mark.parametrize(
    "plant",
    [
        Emptied(column="n1", share=0.5),
        Scaled(column="n3", factor=0.4),
        Scaled(column="n3", factor=30.0, share=0.2),
        Replaced(column="c2", value="new", share=0.2),
    ],
)
def test_a_shift_of_one_column_is_raised(plant):
    assert found(500, 10, [plant]).told == 1.0


def test_scores_are_looked_at_where_they_are_given():
    def score(table):
        return 1 / (1 + np.exp(-(table["n3"].to_numpy() - 30) / 20))

    assert found(500, 20, score=score).told <= 0.05
    assert found(500, 5, [Scaled(column="n3", factor=0.2)], score=score).urgent == 1.0


def test_a_history_that_is_too_short_is_refused():
    with pytest.raises(UsageError, match="pass more reference rows"):
        found(5_900, 1)
