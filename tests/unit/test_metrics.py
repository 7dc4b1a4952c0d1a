"""Figures: every score has one, and the fast resampled ones equal the library's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.contract.errors import TooFewOutcomes
from ml.contract.modelling import BinaryTask, OrdinalTask
from ml.contract.names import Score
from ml.core.metrics import METRICS, expected_calibration_error, figures, precision_at_10
from ml.core.resampling import RESAMPLED, draws, intervals, paired_bootstrap

RANDOM = np.random.default_rng(3)
RATINGS = {Score.SPEARMAN, Score.MAE, Score.RMSE}


def judged(score: Score, rows: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes and predictions with ties, of the kind that a score judges."""
    if score in RATINGS:
        outcome = RANDOM.integers(1, 6, rows).astype(float)
        return outcome, np.round(outcome + RANDOM.normal(0, 1, rows), 1)
    predicted = np.round(RANDOM.beta(1, 2, rows), 2)
    return (RANDOM.random(rows) < predicted).astype(float), predicted


def test_every_score_can_be_computed_and_resampled():
    assert set(METRICS) == set(Score)
    assert set(RESAMPLED) == set(Score)


@pytest.mark.parametrize("score", Score)
def test_a_resampled_figure_is_the_library_figure_of_the_drawn_rows(score):
    outcome, predicted = judged(score)
    weights = next(draws(len(outcome), 20, seed=1))
    fast = RESAMPLED[score](outcome, predicted, weights)
    times = weights.astype(int)
    slow = [METRICS[score](np.repeat(outcome, t), np.repeat(predicted, t)) for t in times]
    np.testing.assert_allclose(fast, slow, atol=1e-12)


@pytest.mark.parametrize("score", Score)
def test_no_figure_depends_on_the_order_of_the_file(score):
    outcome, predicted = judged(score)
    shuffled = RANDOM.permutation(len(outcome))
    assert METRICS[score](outcome[shuffled], predicted[shuffled]) == pytest.approx(
        METRICS[score](outcome, predicted), abs=1e-12
    )


def test_precision_at_ten_percent_counts_the_best_tenth():
    outcome = np.array([1, 0, 1, 1] + [0] * 36, dtype=float)
    assert precision_at_10(outcome, np.linspace(1, 0, 40)) == 0.75
    assert METRICS[Score.LIFT_AT_10](outcome, np.linspace(1, 0, 40)) == pytest.approx(10)


def test_ties_at_the_edge_of_the_best_tenth_share_their_rate():
    outcome = np.array([1.0, 0.0] * 20)
    assert precision_at_10(outcome, np.full(40, 0.3)) == pytest.approx(0.5)


def test_calibration_error_is_the_mean_gap():
    outcome = np.array([1.0] * 50 + [0.0] * 50)
    assert expected_calibration_error(outcome, np.full(100, 0.8)) == pytest.approx(0.3)
    assert expected_calibration_error(outcome, outcome) == 0


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=30, max_size=80))
def test_calibration_error_is_a_share(rows):
    outcome, predicted = np.array(rows, dtype=float).T
    assert 0 <= expected_calibration_error(outcome, predicted) <= 1


@pytest.mark.parametrize("outcome", [np.zeros(50), np.ones(50), np.r_[np.ones(9), np.zeros(41)]])
def test_too_few_of_an_outcome_is_said_with_numbers(outcome):
    with pytest.raises(TooFewOutcomes, match=r"occurs \d times in 50 rows; at least 10"):
        figures(BinaryTask(), outcome, np.linspace(0, 1, 50))


def test_an_ordinal_task_needs_two_ratings():
    with pytest.raises(TooFewOutcomes, match="ratings other than the commonest"):
        figures(OrdinalTask(), np.full(50, 4.0), np.linspace(1, 5, 50))


def test_each_task_reports_its_own_scores():
    outcome, predicted = judged(Score.ROC_AUC)
    assert set(figures(BinaryTask(), outcome, predicted)) == BinaryTask().scores
    outcome, predicted = judged(Score.SPEARMAN)
    assert set(figures(OrdinalTask(), outcome, predicted)) == OrdinalTask().scores


def test_intervals_hold_their_figure_and_repeat_under_their_seed():
    outcome, predicted = judged(Score.ROC_AUC, 800)
    first = intervals(BinaryTask(), outcome, predicted, seed=4)
    assert first == intervals(BinaryTask(), outcome, predicted, seed=4)
    assert first != intervals(BinaryTask(), outcome, predicted, seed=5)
    for interval in first.values():
        assert interval.low <= interval.value <= interval.high


def test_a_well_calibrated_model_has_an_interval_down_to_small_errors():
    """Resampling alone adds calibration error; the interval must not."""
    predicted = np.random.default_rng(0).beta(1, 1, 4000)
    outcome = (np.random.default_rng(1).random(4000) < predicted).astype(float)
    found = intervals(BinaryTask(), outcome, predicted)[Score.ECE]
    assert 0 <= found.low <= found.value <= found.high < 0.05


def test_intervals_cover_the_truth_as_often_as_they_say():
    truth, covered = 0.3, 0
    for seed in range(200):
        outcome = (np.random.default_rng(seed).random(200) < truth).astype(float)
        brier = intervals(BinaryTask(), outcome, np.full(200, 1.0), seed=seed, resamples=200)
        covered += brier[Score.ACCURACY].low <= truth <= brier[Score.ACCURACY].high
    assert 180 <= covered <= 200


def test_many_rows_are_drawn_in_blocks():
    blocks = list(draws(3_000_000, 3, seed=0))
    assert [block.shape for block in blocks] == [(1, 3_000_000)] * 3
    assert all(block.sum() == 3_000_000 for block in blocks)


@pytest.mark.parametrize("score", [Score.ROC_AUC, Score.BRIER])
def test_the_paired_difference_is_positive_where_the_challenger_is_better(score):
    outcome, good = judged(score, 1000)
    bad = np.clip(good + RANDOM.normal(0, 0.4, 1000), 0, 1)
    better = paired_bootstrap(good, bad, outcome, score, seed=1)
    worse = paired_bootstrap(bad, good, outcome, score, seed=1)
    assert better.low > 0
    assert worse.high < 0
    assert worse.value == -better.value


def test_pairing_is_narrower_than_two_single_intervals():
    outcome, good = judged(Score.ROC_AUC, 1000)
    near = np.clip(good + RANDOM.normal(0, 0.02, 1000), 0, 1)
    paired = paired_bootstrap(good, near, outcome, Score.ROC_AUC, seed=1)
    single = intervals(BinaryTask(), outcome, good, seed=1)[Score.ROC_AUC]
    assert paired.high - paired.low < (single.high - single.low) / 2
