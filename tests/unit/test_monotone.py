"""Whatever the rows say, a model keeps to the directions that its use case declares."""

from dataclasses import replace

import numpy as np
import pytest

from ml.contract.candidates import Candidate
from ml.contract.errors import InvalidUseCase
from ml.contract.moments import ARRIVAL
from ml.contract.names import Estimator
from ml.contract.schema import Schema
from ml.contract.steady import Steady
from ml.core.features import feature_frame
from ml.core.invariance import invariances
from ml.core.scoring import Scorer, package
from ml.core.selection import Examples, fit
from ml.core.selection.division import Division
from ml.core.selection.fitting import predict
from tests.support.packaging import FEW_TREES
from tests.support.small_use_case import BINARY, ORDINAL, small_rows


def held(use_case, **directions):
    """The use case with directions that its rows speak against: gifts return less, price more."""
    columns = tuple(
        replace(column, monotone=directions.get(column.name, 0))
        for column in use_case.schema.columns
    )
    return replace(use_case, schema=Schema(columns=columns))


AGAINST = {"gift": 1, "price": -1}
CASES = [(case, family) for case in (BINARY, ORDINAL) for family in Estimator]


def fitted(use_case, family):
    trees = FEW_TREES.get(family)
    params = () if trees is None else (("n_estimators", trees),)
    examples = Examples.of(small_rows(use_case), use_case, ARRIVAL)
    candidate = Candidate(estimator=family, params=params)
    return fit(candidate, examples, use_case, ARRIVAL, seed=0, threads=1)


def moved(pipeline, use_case, column, low, high):
    """How far the prediction of each row moves when a column goes from `low` to `high`."""
    frame = feature_frame(small_rows(use_case, seed=1), use_case, ARRIVAL)
    before, after = (
        predict(pipeline, frame.assign(**{column: value}), use_case.task) for value in (low, high)
    )
    return after - before


@pytest.mark.parametrize(("case", "family"), CASES, ids=str)
def test_every_family_keeps_to_what_the_rows_speak_against(case, family):
    free, kept = fitted(case, family), fitted(held(case, **AGAINST), family)
    assert moved(free, case, "gift", 0.0, 1.0).mean() < -0.02
    assert moved(free, case, "price", 0.0, 60.0).mean() > 0.02
    assert moved(kept, case, "gift", 0.0, 1.0).min() >= -1e-9
    assert moved(kept, case, "price", 0.0, 60.0).max() <= 1e-9


@pytest.mark.parametrize("family", Estimator, ids=str)
def test_what_the_rows_agree_with_still_counts(family):
    kept = fitted(held(BINARY, gift=-1), family)
    gone = moved(kept, BINARY, "gift", 0.0, 1.0)
    assert gone.max() <= 1e-9
    if family is not Estimator.GRADIENT_BOOSTING:  # it learns without the column
        assert gone.mean() < -0.02


@pytest.mark.parametrize("family", [Estimator.LOGISTIC_REGRESSION, Estimator.LIGHTGBM], ids=str)
def test_selection_judges_what_will_be_fitted(family):
    examples = Examples.of(small_rows(BINARY), BINARY, ARRIVAL)
    rows = np.arange(len(examples))
    parts = examples.take(rows[:400]), examples.take(rows[400:])
    candidate = Candidate(estimator=family)
    free, kept = (
        Division(case, ARRIVAL, *parts).judge(candidate, seed=0, threads=1).predicted
        for case in (BINARY, held(BINARY, **AGAINST))
    )
    assert np.abs(free - kept).max() > 0.01


class TestInvariances:
    @staticmethod
    def tried(use_case, **more):
        """Results by name for a forest that was fitted without any direction."""
        made = fitted(BINARY, Estimator.RANDOM_FOREST)
        files = package(
            made, use_case=BINARY, moment=ARRIVAL, model_name="m", background=small_rows(BINARY),
            facts={},
        )  # fmt: skip
        scorer = Scorer.load(files, version="1", use_case=replace(use_case, **more))
        return {one.name: one for one in invariances(scorer, small_rows(BINARY, seed=4))}

    def test_a_model_that_breaks_a_direction_is_named_with_its_points(self):
        found = self.tried(held(BINARY, gift=1, price=-1))
        gift, price = (
            found["Gift wrapped never lowers a score"],
            found["Price never raises a score"],
        )
        assert (gift.passed, price.passed) == (False, False)
        assert gift.figure > 5
        assert "Gift wrapped: a higher value lowers scores by" in gift.sentence

    def test_ids_outcome_and_order_do_not_matter(self):
        found = self.tried(BINARY)
        assert set(found) == {"order of rows", "ids and outcome"}
        assert all(one.passed and one.figure == 0 for one in found.values())

    @pytest.mark.parametrize(("most", "passed"), [(99.0, True), (0.01, False)])
    def test_steps_are_held_to_their_bound(self, most, passed):
        found = self.tried(BINARY, steady=(Steady(column="price", step=5, most_points=most),))
        assert found["Price is steady"].passed is passed
        assert "5 EUR more move scores by" in found["Price is steady"].sentence


@pytest.mark.parametrize(
    ("column", "monotone", "says"),
    [("gift", 2, "monotone is 2"), ("region", 1, "no direction"), ("ordered", -1, "no direction")],
)
def test_a_column_without_a_direction_is_refused(column, monotone, says):
    with pytest.raises(InvalidUseCase, match=says):
        held(BINARY, **{column: monotone})


@pytest.mark.parametrize(
    "steady",
    [
        Steady(column="gift", step=1, most_points=1),
        Steady(column="nothing", step=1, most_points=1),
        Steady(column="price", step=0, most_points=1),
        Steady(column="price", step=1, most_points=0),
    ],
    ids=str,
)
def test_steadiness_that_means_nothing_is_refused(steady):
    with pytest.raises(InvalidUseCase, match="steadiness"):
        replace(BINARY, steady=(steady,))
