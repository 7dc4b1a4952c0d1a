"""Calibration and coverage on the real file, on leads that no model has seen."""

import numpy as np
import pytest

from ml.contract.moments import ARRIVAL, ENGAGED
from ml.contract.names import Estimator, Score
from ml.core.metrics import METRICS
from ml.core.scoring.calibrator import Calibration
from ml.core.scoring.conformal import LEVEL
from ml.core.scoring.coverage import coverage
from tests.support.judged_leads import judged_leads

SPLITS = range(4)


@pytest.fixture(scope="module", params=[ARRIVAL, ENGAGED], ids=str)
def judged(request, real_leads_csv):
    options = {"parts": 3}
    return [
        judged_leads(real_leads_csv, Estimator.LIGHTGBM, request.param, seed=seed, **options)
        for seed in SPLITS
    ]


def test_outcomes_are_covered_as_promised(judged):
    found = [coverage(one.scorer, one.unseen, one.outcome) for one in judged]
    for name in ("coverage_events", "coverage_others"):
        assert np.mean([one[name] for one in found]) == pytest.approx(LEVEL, abs=0.02)


def test_observed_rates_lie_in_the_intervals_of_their_group(judged):
    found = [coverage(one.scorer, one.unseen, one.outcome) for one in judged]
    assert np.mean([one["interval_excess"] for one in found]) <= 0.015
    assert 0 < np.mean([one["interval_width"] for one in found]) < 0.05


def test_an_unweighted_booster_is_taken_at_its_word(judged):
    assert {one.scorer.meaning.calibrator.kind for one in judged} == {Calibration.NONE}


@pytest.mark.parametrize("family", [Estimator.LIGHTGBM, Estimator.LOGISTIC_REGRESSION], ids=str)
def test_class_weights_are_undone(real_leads_csv, family):
    made = judged_leads(real_leads_csv, family, ENGAGED, class_weights=True, parts=3)
    assert made.scorer.meaning.calibrator.kind is not Calibration.NONE
    said = made.scorer.predict(made.unseen)
    modelled = made.scorer.modelled(made.unseen)
    for score in (Score.LOG_LOSS, Score.ECE):
        assert METRICS[score](made.outcome, said) < METRICS[score](made.outcome, modelled)
    assert METRICS[Score.ROC_AUC](made.outcome, said) == METRICS[Score.ROC_AUC](
        made.outcome, modelled
    )
