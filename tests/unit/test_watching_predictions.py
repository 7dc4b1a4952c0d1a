"""Signals about scores: distribution, mean, bands."""

import numpy as np
import pytest

from ml.contract.modelling import Band, DriftPolicy
from ml.contract.watch_policy import WatchPolicy
from ml.contract.watching import SignalState
from ml.core.watching.predictions import prediction_signals, score_bins
from ml.core.watching.saying import worst

BANDS = (
    Band(name="Hot", at_least=80),
    Band(name="Warm", at_least=50),
    Band(name="Cold", at_least=0),
)


def scores(rows, seed, mean=0.38):
    return np.random.default_rng(seed).beta(2 * mean, 2 * (1 - mean), rows)


REFERENCE = scores(2_000, 0)


def seen(current, reference=REFERENCE, bands=BANDS):
    found = prediction_signals(
        reference, current, bands=bands, policy=WatchPolicy(), drift=DriftPolicy()
    )
    return {signal.key.removeprefix("predictions/"): signal for signal in found}


def test_scores_of_the_same_leads_raise_nothing():
    for seed in range(1, 31):
        found = seen(scores(300, seed))
        assert worst(found.values()) is None, [s.says for s in found.values() if s.severity]
    assert set(found) == {
        "psi", "ks", "mean", "band_share/Hot", "band_share/Warm", "band_share/Cold",
    }  # fmt: skip
    assert sum(found[f"band_share/{band.name}"].value for band in BANDS) == pytest.approx(1)


def test_a_shift_of_the_scores_is_raised_as_a_reason_to_retrain():
    found = seen(scores(1_000, 1, mean=0.62))
    assert found["psi"].severity in {"high", "critical"}
    assert found["ks"].severity == "high"
    assert found["mean"].severity == "high"
    assert found["mean"].says == f"The mean score is {found['mean'].value:.3f}; it was 0.374."
    assert found["band_share/Cold"].severity == "high"
    assert found["band_share/Cold"].bound < found["band_share/Cold"].expected


def test_scores_that_all_are_one_are_critical():
    assert seen(np.full(500, 0.5))["psi"].severity == "critical"


def test_bands_of_a_share_begin_where_they_do_among_the_reference():
    bands = (Band(name="Best", best_share=0.1), Band(name="Rest", at_least=0))
    found = seen(scores(2_000, 3), bands=bands)
    assert found["band_share/Best"].expected == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("rows", [0, 1, 199])
def test_few_scores_say_nothing(rows):
    (signal,) = seen(scores(rows, 1)).values()
    assert (signal.state, signal.value) == ("INSUFFICIENT_DATA", rows)


def test_without_a_model_the_state_says_so():
    assert seen(scores(300, 1), None)["psi"].state == SignalState.NO_REFERENCE


def test_rows_without_a_score_are_counted_and_spoil_no_figure():
    found = seen(np.append(scores(300, 1), [np.nan, np.inf]))
    assert (found["unscored"].value, found["unscored"].severity) == (2, "high")
    assert all(np.isfinite(signal.value) for signal in found.values())


def test_the_histogram_of_both_sides_adds_up():
    bins = score_bins(REFERENCE, np.array([0.0, 1.0, 1.0, 0.07]))
    assert len(bins) == 20
    assert sum(bin.reference for bin in bins) == pytest.approx(1)
    assert [bin.current for bin in bins if bin.current] == [0.25, 0.25, 0.5]
