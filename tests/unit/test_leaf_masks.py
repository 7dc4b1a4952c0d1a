"""Trees that are looked up say what LightGBM's library says, to the last bit."""

from __future__ import annotations

from collections.abc import Callable

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.core.columns import Floats
from ml.core.scoring.leaf_masks import MANY_ROWS, LeafMasks, proven_masks
from ml.core.scoring.lightgbm_library import Ask, Trees
from ml.core.scoring.models import Link, TreesModel

_LEVELS, _WIDTH = 2, 5


def _rows(count: int, seed: int) -> Floats:
    """Two numbers with gaps, a yes or no, and two columns of levels."""
    random = np.random.default_rng(seed)
    numbers = np.where(random.random((count, 2)) < 0.1, np.nan, random.normal(size=(count, 2)))
    answers = random.integers(0, 2, (count, 1)).astype(float)
    levels = random.integers(0, 40, (count, _LEVELS)).astype(float)
    levels[random.random((count, _LEVELS)) < 0.05] = np.nan
    return np.hstack([numbers, answers, levels])


def _text(leaves: int, objective: str = "binary", **more: object) -> bytes:
    rows = _rows(3_000, seed=1)
    ask = np.nan_to_num(rows)
    outcome = ask[:, 0] + ask[:, 3] % 7 / 3 - ask[:, 2] + np.sin(9 * ask[:, 1])
    label = (outcome > 1).astype(float) if objective == "binary" else outcome
    data = lgb.Dataset(rows, label, categorical_feature=[3, 4])
    chosen = {"objective": objective, "num_leaves": leaves, "verbosity": -1, "min_data_in_leaf": 5,
              "num_threads": 1} | more  # fmt: skip
    return str(lgb.train(chosen, data, num_boost_round=12).model_to_string()).encode()


def _walked(text: bytes) -> Trees:
    return Trees(text, threads=1)


def _masks(text: bytes) -> LeafMasks | None:
    trees = _walked(text)
    return proven_masks(text, lambda rows: trees.ask(rows, Ask.PREDICTION)[:, 0], _WIDTH)


@pytest.mark.parametrize("leaves", [2, 16, 17, 31, 64])
@pytest.mark.parametrize("objective", ["binary", "regression"])
def test_every_row_of_every_size_of_tree_is_equal_to_the_last_bit(
    leaves: int, objective: str
) -> None:
    text, rows = _text(leaves, objective), _rows(5_000, seed=2)
    masks = _masks(text)
    assert masks is not None
    assert np.array_equal(masks.predict(rows), _walked(text).ask(rows, Ask.PREDICTION)[:, 0])


_ODD = st.one_of(
    st.floats(width=64), st.sampled_from([np.nan, np.inf, -np.inf, -0.0, -0.5, -1.0, 39.5, 1e9])
)


@pytest.fixture(scope="module")
def small() -> tuple[LeafMasks, Trees]:
    text = _text(16)
    masks = _masks(text)
    assert masks is not None
    return masks, _walked(text)


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.lists(_ODD, min_size=_WIDTH, max_size=_WIDTH), min_size=1, max_size=20))
def test_no_number_is_odd_enough_to_be_looked_up_elsewhere(
    small: tuple[LeafMasks, Trees], rows: list[list[float]]
) -> None:
    masks, trees = small
    matrix = np.array(rows)
    # Beyond 32 bits the library's own reading of a level is not defined.
    matrix[:, -_LEVELS:] = np.clip(matrix[:, -_LEVELS:], -1e9, 1e9)
    assert np.array_equal(masks.predict(matrix), trees.ask(matrix, Ask.PREDICTION)[:, 0])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(lambda: _text(80), id="more leaves than a word has bits"),
        pytest.param(lambda: _text(8, zero_as_missing=True), id="zeros are missing"),
        pytest.param(lambda: _text(8, boosting="rf", bagging_freq=1, bagging_fraction=0.5),
                     id="the mean of trees"),
        pytest.param(lambda: _text(8, "huber", reg_sqrt=True), id="another objective"),
        pytest.param(lambda: _text(8, linear_tree=True), id="linear leaves"),
        pytest.param(lambda: _text(8, learning_rate=5_000.0), id="beyond an exponential"),
    ],
)  # fmt: skip
def test_other_trees_are_left_to_the_library(text: Callable[[], bytes]) -> None:
    assert _masks(text()) is None


def test_what_does_not_say_the_same_is_not_used() -> None:
    text = _text(8)
    trees = _walked(text)

    def off_by_a_bit(rows: Floats) -> Floats:
        said = trees.ask(rows, Ask.PREDICTION)[:, 0]
        said[-1] = np.nextafter(said[-1], 1.0)
        return said

    assert proven_masks(text, off_by_a_bit, _WIDTH) is None


def test_many_rows_are_looked_up_and_few_are_walked() -> None:
    model, rows = TreesModel(_text(8), Link.LOG_ODDS, 1), _rows(MANY_ROWS, seed=3)
    few = model.predict(rows[:-1])
    assert "_masks" not in vars(model)
    assert np.array_equal(model.predict(rows)[:-1], few)
    assert isinstance(vars(model)["_masks"], LeafMasks)
