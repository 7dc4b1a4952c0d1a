"""A calibrator is taken where it helps beyond luck, keeps the order of leads, and is plain data."""

import json

import numpy as np
import pytest

from ml.core.out_of_fold import HeldOut
from ml.core.scoring import canonical
from ml.core.scoring.calibrating import Choice, choose
from ml.core.scoring.calibrator import (
    Calibration,
    Isotonic,
    Sigmoid,
    Unchanged,
    calibrator_from,
    log_odds,
)
from ml.core.scoring.models import logistic

ROWS = 4_000


def held_out(model=lambda honest: honest, *, rows=ROWS, seed=0):
    """Outcomes of known chances, and a model that says something else of them."""
    random = np.random.default_rng(seed)
    honest = logistic(random.normal(-0.5, 1.6, rows))
    outcome = (random.random(rows) < honest).astype(float)
    return HeldOut(predicted=model(honest), outcome=outcome)


def weighted(honest):
    """What class weights do: every chance is moved by the same log-odds."""
    return logistic(log_odds(honest) + 1.1)


def timid(honest):
    """What averaging trees does: chances are drawn to the middle."""
    return logistic(0.55 * log_odds(honest))


def bent(honest):
    """No line over log-odds makes this right."""
    return np.where(honest < 0.5, 0.02 * honest, 0.5 + 0.2 * (honest - 0.5))


CALIBRATORS = [
    Unchanged(),
    Sigmoid(slope=0.7, offset=-1.2),
    Isotonic(said=(0.0, 0.2, 0.6, 1.0), seen=(0.01, 0.1, 0.7, 0.98)),
]


@pytest.mark.parametrize("seed", range(5))
def test_an_honest_model_is_taken_at_its_word(seed):
    assert choose(held_out(seed=seed)).calibrator == Unchanged()


@pytest.mark.parametrize("model", [weighted, timid])
def test_a_model_that_is_off_by_a_line_gets_a_line(model):
    choice = choose(held_out(model))
    assert choice.calibrator.kind is Calibration.SIGMOID
    fresh = held_out(model, seed=9)
    honest = held_out(seed=9).predicted
    assert np.abs(choice.calibrator.many(fresh.predicted) - honest).mean() < 0.02


def test_a_model_that_no_line_mends_gets_corners():
    choice = choose(held_out(bent))
    assert choice.calibrator.kind is Calibration.ISOTONIC
    fresh, honest = held_out(bent, seed=9), held_out(seed=9).predicted
    assert np.abs(choice.calibrator.many(fresh.predicted) - honest).mean() < 0.03


def test_the_choice_shows_what_it_rests_on():
    trials = choose(held_out(weighted)).trials
    assert [trial.kind for trial in trials] == list(Calibration)
    first, line, corners = trials
    assert first.gain is None
    assert line.gain.low > 0 > corners.gain.low
    assert line.log_loss < first.log_loss
    assert line.ece < first.ece
    assert line.brier < first.brier


def test_few_rows_are_no_evidence():
    assert choose(held_out(weighted, rows=40)).calibrator == Unchanged()


@pytest.mark.parametrize("events", [0, 1, 9])
def test_too_few_of_an_outcome_try_nothing(events):
    outcome = np.array([1.0] * events + [0.0] * 300)
    rare = HeldOut(predicted=np.linspace(0.9, 0.1, len(outcome)), outcome=outcome)
    assert choose(rare) == Choice(calibrator=Unchanged(), trials=())


def test_predictions_of_a_forest_at_both_ends_are_calibrated_too():
    sure = held_out(lambda honest: np.round(np.clip(1.6 * honest - 0.3, 0, 1), 2))
    calibrator = choose(sure).calibrator
    assert calibrator.kind is not Calibration.NONE
    assert 0 < calibrator.one(0.0) < calibrator.one(1.0) < 1


def test_a_model_that_ranks_backwards_is_not_turned_round():
    assert choose(held_out(lambda honest: 1 - honest)).calibrator.kind is not Calibration.SIGMOID


@pytest.mark.parametrize("calibrator", CALIBRATORS, ids=lambda one: one.kind)
class TestEveryCalibrator:
    said = np.r_[0.0, 1e-12, np.linspace(0.001, 0.999, 777), 0.2, 0.6, 1 - 1e-12, 1.0]

    def test_one_and_many_agree(self, calibrator):
        single = [calibrator.one(p) for p in self.said.tolist()]
        np.testing.assert_allclose(calibrator.many(self.said), single, rtol=0, atol=1e-14)

    def test_two_leads_never_change_their_order(self, calibrator):
        rising = calibrator.many(np.linspace(0.001, 0.999, 777))
        assert (np.diff(rising) > 0).all()

    def test_probabilities_stay_probabilities(self, calibrator):
        assert ((calibrator.many(self.said) >= 0) & (calibrator.many(self.said) <= 1)).all()

    def test_it_survives_its_file(self, calibrator):
        plain = canonical.from_bytes(canonical.to_bytes(calibrator.to_json()))
        assert calibrator_from(plain) == calibrator


@pytest.mark.parametrize(
    "plain",
    [
        {"kind": "magic"},
        {"kind": "sigmoid", "slope": 0.0, "offset": 0.0},
        {"kind": "sigmoid", "slope": -1.0, "offset": 0.0},
        {"kind": "sigmoid", "slope": 1.0},
        {"kind": "isotonic", "said": [0.0, 0.5, 0.4, 1.0], "seen": [0.0, 0.1, 0.2, 1.0]},
        {"kind": "isotonic", "said": [0.0, 0.4, 1.0], "seen": [0.0, 0.2, 0.2]},
        {"kind": "isotonic", "said": [0.0, 1.0], "seen": [-0.1, 1.0]},
        {"kind": "isotonic", "said": [0.1, 1.0], "seen": [0.0, 1.0]},
        {"kind": "isotonic", "said": [0.0, 1.0], "seen": [0.0, 0.5, 1.0]},
    ],
    ids=json.dumps,
)
def test_a_file_that_calibrates_nothing_is_refused(plain):
    with pytest.raises((KeyError, TypeError, ValueError)):
        calibrator_from(plain)
