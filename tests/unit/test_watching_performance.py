"""Signals about performance: raised beyond chance, pending while outcomes are to come."""

import numpy as np
import pytest

from ml.contract.errors import UsageError
from ml.contract.records import Interval
from ml.contract.watch_policy import WatchPolicy
from ml.contract.watching import SignalState
from ml.core.watching.expected import expected_performance
from ml.core.watching.performance import performance_signals, shown_performance
from ml.core.watching.saying import worst

POLICY = WatchPolicy()


def leads(rows, seed, *, noise=0.0, shift=0.0):
    """Calibrated scores with outcomes; noise makes what happens depend less on them."""
    random = np.random.default_rng(seed)
    odds = random.normal(-0.6, 2.0, rows)
    truth = odds * (1 - noise) + random.normal(0, 2.0, rows) * noise + shift
    outcomes = (random.random(rows) < 1 / (1 + np.exp(-truth))).astype(np.float64)
    return 1 / (1 + np.exp(-odds)), outcomes


SHOWN = shown_performance(*leads(3_000, 0), policy=POLICY)


def seen(scores, outcomes, expected=SHOWN, **options):
    found = performance_signals(scores, outcomes, expected=expected, policy=POLICY, **options)
    keys = [signal.key for signal in found]
    assert len(set(keys)) == len(keys)
    return {signal.key.removeprefix("performance/"): signal for signal in found}


def test_a_model_that_does_as_it_did_raises_nothing():
    quiet = [worst(seen(*leads(800, seed)).values()) for seed in range(1, 31)]
    assert quiet == [None] * 30


def test_a_lost_rank_order_asks_for_a_retrain_and_says_the_figures():
    signal = seen(*leads(1_500, 1, noise=0.45))["roc_auc"]
    assert signal.severity in {"high", "critical"}
    assert signal.expected == SHOWN["roc_auc"].value
    assert signal.bound == pytest.approx(SHOWN["roc_auc"].value - POLICY.auc_drop)
    assert signal.says == (
        f"The AUC is {signal.value:.3f} ({signal.says.split('(')[1].split(')')[0]}); "
        f"the model showed {signal.expected:.3f}."
    )


def test_scores_that_say_nothing_any_more_are_critical():
    scores, outcomes = leads(1_500, 1)
    found = seen(scores, np.random.default_rng(0).permutation(outcomes))
    assert found["roc_auc"].severity == "critical"
    assert found["log_loss"].severity == "high"
    assert found["precision_at_10"].severity == "high"


def test_a_change_of_the_base_rate_is_a_matter_of_calibration():
    found = seen(*leads(2_000, 1, shift=-1.2))
    assert found["ece"].severity == "medium"
    assert found["roc_auc"].state == SignalState.OK


def test_a_large_drop_of_few_leads_may_be_chance():
    few = leads(220, 1)
    before = seen(*few)["roc_auc"].value + 1.5 * POLICY.auc_drop
    shown = {"roc_auc": Interval(value=before, low=before - 0.02, high=before + 0.02)}
    assert seen(*few, shown)["roc_auc"].state == SignalState.OK
    assert seen(*few, {"roc_auc": before + 0.2})["roc_auc"].state == SignalState.RAISED


def test_plain_figures_may_be_expected():
    assert seen(*leads(1_500, 1), {"roc_auc": 0.99})["roc_auc"].severity == "critical"


def test_without_anything_to_expect_the_figure_is_told_and_the_state_says_so():
    found = seen(*leads(800, 1), {})
    assert found["roc_auc"].state == SignalState.NO_REFERENCE
    assert found["roc_auc"].value > 0.8


def test_f32_outcomes_that_are_to_come_are_pending():
    found = seen(leads(1_000, 1)[0], np.full(1_000, np.nan))
    assert {found[name].state for name in ("outcomes", "roc_auc", "ece")} == {"LABELS_PENDING"}
    assert found["roc_auc"].value is None


def test_f32_no_outcome_of_the_last_thirty_days_is_pending_not_ok():
    scores, outcomes = leads(1_000, 1)
    ages = np.linspace(0, 29, 1_000)
    outcomes[ages < 20] = np.nan
    found = seen(scores, outcomes, age_days=ages)
    assert found["outcomes"].value == 0  # quick outcomes are not like the others
    assert found["roc_auc"].state == "LABELS_PENDING"


def test_few_outcomes_for_good_are_insufficient():
    assert seen(*leads(150, 1))["roc_auc"].state == "INSUFFICIENT_DATA"
    scores, _ = leads(500, 1)
    assert seen(scores, np.zeros(500))["roc_auc"].state == "INSUFFICIENT_DATA"


@pytest.mark.parametrize("rows", [0, 1])
def test_no_lead_or_one_is_insufficient(rows):
    found = seen(np.full(rows, 0.5), np.zeros(rows))
    assert found["outcomes"].state == "INSUFFICIENT_DATA"


def test_leads_without_a_score_are_not_judged():
    scores, outcomes = leads(1_000, 1)
    scores[:300] = np.nan
    found = seen(scores, outcomes)
    assert found["outcomes"].value == 700
    assert np.isfinite(found["roc_auc"].value)


def test_outcomes_that_stopped_coming_are_raised():
    scores, outcomes = leads(1_000, 1)
    ages = np.linspace(0, 200, 1_000)
    outcomes[(ages > 30) & (ages < 140)] = np.nan
    found = seen(scores, outcomes, age_days=ages)
    late = found["business/outcomes_late"]
    assert (late.severity, round(late.value, 2)) == ("medium", 0.65)
    assert found["business/outcomes_known/60 to 120 days"].value == 0.0
    assert found["business/outcomes_known/120 days and more"].value > 0.7


SOURCES = ["Google", "API", None] * 1_000


def cohorts_of(broken):
    scores, outcomes = leads(3_000, 5)
    sources = np.array(SOURCES, dtype=object)
    if broken:
        at = sources == "API"
        outcomes[at] = np.random.default_rng(1).permutation(outcomes[at])
    shown = shown_performance(
        *leads(3_000, 0), policy=POLICY, cohorts=["Google", "API", None] * 1_000
    )
    return seen(scores, outcomes, shown, cohorts=list(sources))


def test_a_cohort_that_is_ranked_badly_is_named():
    quiet, broken = cohorts_of(broken=False), cohorts_of(broken=True)
    assert quiet["roc_auc/API"].state == "OK"
    assert broken["roc_auc/API"].severity in {"medium", "high"}
    assert broken["roc_auc/Google"].state == "OK"
    assert broken["roc_auc/(missing)"].state == "OK"


def test_a_cohort_that_converts_otherwise_than_was_said_is_named():
    scores, outcomes = leads(3_000, 5)
    sources = ["Google", "API", "form"] * 1_000
    outcomes[np.array(sources) == "API"] *= np.random.default_rng(1).random(1_000) < 0.4
    found = seen(scores, outcomes, cohorts=sources)
    assert found["conversion_gap/API"].severity in {"medium", "high"}
    assert found["conversion_gap/Google"].state == "OK"


def test_a_small_cohort_is_left_out():
    found = seen(*leads(1_000, 1), cohorts=["API"] * 900 + ["rare"] * 100)
    assert "conversion_gap/API" in found
    assert "conversion_gap/rare" not in found


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        (np.zeros(3), "lengths"),
        (np.array([0.0, 2.0]), "expected 0, 1"),
        (np.array([0, -1.0]), "-1"),
    ],
)
def test_what_are_no_outcomes_are_refused(outcomes, said):
    with pytest.raises(UsageError, match=said):
        seen(np.full(2, 0.5), outcomes)


def test_cohorts_of_other_leads_are_refused():
    with pytest.raises(UsageError, match="900 cohorts; expected one for each"):
        seen(*leads(1_000, 1), cohorts=["API"] * 900)


def test_what_probabilities_promise_is_what_comes_when_they_are_calibrated():
    scores, outcomes = leads(20_000, 3)
    promised = {s.name.removeprefix("expected_"): s.value for s in expected_performance(scores)}
    shown = shown_performance(scores, outcomes, policy=POLICY)
    assert promised["roc_auc"] == pytest.approx(shown["roc_auc"].value, abs=0.01)
    assert promised["precision_at_10"] == pytest.approx(shown["precision_at_10"].value, abs=0.02)
    accuracy = np.mean((scores >= 0.5) == (outcomes == 1))
    assert promised["accuracy"] == pytest.approx(accuracy, abs=0.01)


def test_what_is_promised_is_the_auc_of_every_pair():
    scores = np.array([0.1, 0.4, 0.4, 0.8])
    won = pairs = 0.0
    for first, event in enumerate(scores):
        for second, other in enumerate(scores):
            if first != second:
                weight = event * (1 - other)
                pairs += weight
                won += weight * ((event > other) + 0.5 * (event == other))
    assert expected_performance(scores)[0].value == pytest.approx(won / pairs)


@pytest.mark.parametrize("scores", [np.empty(0), np.array([np.nan]), np.full(300, 0.5)])
def test_scores_that_rank_nothing_promise_no_auc(scores):
    assert expected_performance(scores)[0].state == "INSUFFICIENT_DATA"


def test_what_is_promised_of_the_reference_is_expected_and_never_raised():
    found = expected_performance(np.full(300, 0.6), reference=leads(500, 1)[0])
    assert [signal.severity for signal in found] == [None] * 3
    assert found[1].expected == pytest.approx(0.77, abs=0.01)
