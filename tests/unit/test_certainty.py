"""Intervals and open outcomes cover what they promise, and a broken quantile would be seen."""

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from ml.contract.modelling import BinaryTask, OrdinalTask
from ml.core.out_of_fold import HeldOut
from ml.core.scoring import canonical
from ml.core.scoring.certainty import Certainty, Distance, Outcomes
from ml.core.scoring.conformal import LEVEL, likely_from, most_distance, unlikely_to
from ml.core.scoring.coverage import interval_excess
from ml.core.scoring.meaning import Meaning, meaning_of
from ml.core.scoring.venn_abers import venn_abers
from tests.unit.test_calibration import bent, held_out, timid, weighted

TASK, STARS = BinaryTask(), OrdinalTask(low=1, high=5)

#: Two points from nominal; the luck of 6,000 rows that are covered or not is half a point.
NEAR = 0.02


def of_model(model, rows=6_000):
    """What a model's held-out rows mean, and how sure its word on fresh rows is."""
    fresh = held_out(model, rows=20_000, seed=77)
    meaning = meaning_of(held_out(model, rows=rows, seed=5), TASK)
    said = meaning.calibrator.many(fresh.predicted)
    return meaning, fresh, said, meaning.surety.many(fresh.predicted, said)


@pytest.fixture(scope="module", params=[weighted, timid, bent], ids=lambda model: model.__name__)
def judged(request):
    return of_model(request.param)


def test_each_outcome_is_held_possible_nine_times_in_ten(judged):
    _, fresh, _, sure = judged
    event, other = sure.possible
    assert np.mean(event[fresh.outcome == 1]) == pytest.approx(LEVEL, abs=NEAR)
    assert np.mean(other[fresh.outcome == 0]) == pytest.approx(LEVEL, abs=NEAR)


def test_of_those_that_turn_out_otherwise_at_most_a_tenth_was_told_so(judged):
    _, fresh, _, sure = judged
    told = np.array([str(word) for word in sure.certainty])
    assert np.mean(told[fresh.outcome == 1] == "unlikely") <= 1 - LEVEL + NEAR
    assert np.mean(told[fresh.outcome == 0] == "likely") <= 1 - LEVEL + NEAR
    assert {"likely", "open", "unlikely"} == set(told)


def test_observed_rates_lie_in_the_intervals_of_their_group(judged):
    _, fresh, _, sure = judged
    assert interval_excess(sure, fresh.outcome) <= 0.01


def test_intervals_beside_the_truth_are_seen():
    _, fresh, _, sure = of_model(weighted)
    beside = sure._replace(low=sure.low + 0.1, high=np.minimum(sure.high + 0.1, 1))
    assert interval_excess(beside, fresh.outcome) > 0.05


def test_intervals_hold_the_prediction_and_narrow_with_rows():
    widths = []
    for rows in (100, 1_000, 10_000):
        _, _, said, sure = of_model(weighted, rows)
        assert ((sure.low <= said) & (said <= sure.high)).all()
        widths.append(np.mean(sure.high - sure.low))
    assert widths[0] > widths[1] > widths[2]


def test_one_lead_is_as_sure_as_among_many(judged):
    meaning, fresh, said, sure = judged
    for at in range(0, 2_000, 7):
        one = meaning.surety.one(fresh.predicted[at].item(), said[at].item())
        assert one == (sure.low[at], sure.high[at], sure.certainty[at])


def test_venn_abers_tables_are_what_isotonic_regression_says_of_one_row_more():
    few = held_out(weighted, rows=60, seed=3)
    edges, low, high = venn_abers(few)
    for lead in few.predicted:
        step = np.searchsorted(edges, lead, side="right")
        for label, table in ((0.0, low), (1.0, high)):
            fitted = IsotonicRegression().fit(
                np.append(few.predicted, lead), np.append(few.outcome, label)
            )
            assert table[step] == pytest.approx(fitted.predict([lead])[0], abs=1e-12)


def test_venn_abers_tables_rise():
    edges, low, high = venn_abers(held_out(bent))
    assert (np.diff(edges) > 0).all()
    assert (np.diff(low) >= -1e-12).all()
    assert (np.diff(high) >= -1e-12).all()
    assert (low < high).all()


@pytest.mark.parametrize("rows", range(1, 40))
def test_thresholds_keep_the_finite_promise(rows):
    """Of `rows` + 1 exchangeable rows the last is left out at most one time in ten."""
    values = np.arange(1, rows + 1) / (rows + 1)
    ranks_left_out = int(np.sum(values < likely_from(values))) + (likely_from(values) > 0)
    assert ranks_left_out <= (1 - LEVEL) * (rows + 1) + 1e-9
    assert unlikely_to(1 - values) == pytest.approx(1 - likely_from(values))


def test_too_few_of_an_outcome_leave_it_possible():
    assert likely_from(np.array([0.9] * 8)) == 0.0
    assert unlikely_to(np.array([0.1] * 8)) == 1.0


def test_a_surer_model_than_nine_in_ten_leaves_what_lies_between_open():
    clear = Outcomes(edges=(), low=(0.4,), high=(0.6,), likely_from=0.7, unlikely_to=0.2)
    told = [clear.one(said, said).certainty for said in (0.1, 0.2, 0.5, 0.7, 0.9)]
    assert told == [
        Certainty.UNLIKELY, Certainty.UNLIKELY, Certainty.OPEN, Certainty.LIKELY, Certainty.LIKELY,
    ]  # fmt: skip


class TestRatings:
    @staticmethod
    def rows(count, seed):
        random = np.random.default_rng(seed)
        predicted = random.uniform(1, 5, count)
        stars = np.clip(np.round(predicted + random.normal(0, 0.8, count)), 1, 5)
        return HeldOut(predicted=predicted, outcome=stars)

    def test_nine_in_ten_ratings_lie_in_their_interval(self):
        fresh = self.rows(20_000, seed=1)
        surety = meaning_of(self.rows(3_000, seed=0), STARS).surety
        low, high, certainty, possible = surety.many(fresh.predicted, fresh.predicted)
        inside = (low <= fresh.outcome) & (fresh.outcome <= high)
        assert np.mean(inside) == pytest.approx(LEVEL, abs=NEAR)
        assert (set(certainty), possible) == ({None}, None)

    def test_the_scale_is_not_left(self):
        wide = Distance(most=2.0, low=1, high=5)
        assert wide.one(4.5, 4.5) == (2.5, 5, None)
        assert wide.one(7.0, 7.0) == (3.0, 5, None)

    def test_too_few_rows_give_the_whole_range(self):
        assert most_distance(np.array([1.0, 5.0]), np.array([2.0, 4.0])) == 4.0

    def test_the_distance_is_the_rank_of_one_row_more(self):
        errors = np.arange(1.0, 20.0)
        assert most_distance(errors, np.zeros(19)) == 18.0


@pytest.mark.parametrize("task", [TASK, STARS], ids=["binary", "ordinal"])
def test_meaning_survives_its_file(task):
    rows = held_out(weighted) if task is TASK else TestRatings.rows(500, seed=2)
    meaning = meaning_of(rows, task)
    content = canonical.to_bytes(meaning.to_json())
    again = Meaning.from_json(canonical.from_bytes(content), task)
    assert (again.calibrator, again.surety) == (meaning.calibrator, meaning.surety)
    assert canonical.to_bytes(again.to_json()) == content


def test_equal_rows_mean_the_same():
    assert meaning_of(held_out(), TASK) == meaning_of(held_out(), TASK)


@pytest.mark.parametrize(
    "broken",
    [
        {"edges": (0.5,)},
        {"edges": (0.6, 0.5), "low": (0.1, 0.2, 0.3), "high": (0.2, 0.3, 0.4)},
        {"low": (0.5,), "high": (0.4,)},
        {"high": (1.2,)},
    ],
)
def test_tables_that_are_none_are_refused(broken):
    sound = {"edges": (), "low": (0.1,), "high": (0.2,), "likely_from": 0.5, "unlikely_to": 0.5}
    with pytest.raises(ValueError, match=r"interval tables|fit their edges"):
        Outcomes(**sound | broken)
