"""Signals about what scores are worth, about lists of outcomes, and about the service."""

import numpy as np
import pytest

from ml.contract.modelling import Band
from ml.contract.watch_policy import WatchPolicy
from ml.core.watching.business import business_signals
from ml.core.watching.outcome_list import outcome_signals
from ml.core.watching.saying import worst
from ml.core.watching.service import service_signals

POLICY = WatchPolicy()
BANDS = tuple(Band(name=name, at_least=at) for name, at in (("Hot", 80), ("Warm", 50), ("Cold", 0)))


def leads(rows, seed):
    random = np.random.default_rng(seed)
    scores = random.beta(0.7, 1.1, rows)
    return scores, (random.random(rows) < scores).astype(np.float64)


def seen(scores, outcomes, **options):
    found = business_signals(scores, outcomes, bands=BANDS, policy=POLICY, **options)
    keys = [signal.key for signal in found]
    assert len(set(keys)) == len(keys)
    return {signal.key.removeprefix("business/"): signal for signal in found}


def test_usual_weeks_raise_nothing():
    for seed in range(30):
        found = seen(*leads(600, seed), usual_rate=0.389)
        assert worst(found.values()) is None, [s.says for s in found.values() if s.severity]


def test_conversion_and_revenue_are_told_by_band():
    scores, outcomes = leads(2_000, 1)
    found = seen(scores, outcomes, value_per_win=1_200.0)
    hot = scores >= 0.795
    assert found["conversion/Hot"].value == pytest.approx(outcomes[hot].mean(), abs=0.01)
    earned = [found[f"revenue/{band.name}"].value for band in BANDS]
    assert sum(earned) == outcomes.sum() * 1_200
    assert found["lift"].value == pytest.approx(outcomes[hot].mean() / outcomes.mean(), abs=0.05)


def test_without_a_value_of_a_win_nothing_is_said_of_revenue():
    assert not [key for key in seen(*leads(600, 1)) if key.startswith("revenue")]


def test_a_fall_of_conversion_is_raised_by_how_far_it_fell():
    scores, outcomes = leads(3_000, 1)
    kept = np.random.default_rng(0).random(3_000)
    assert seen(scores, outcomes * (kept < 0.85), usual_rate=0.389)["conversion"].severity == (
        "medium"
    )
    assert seen(scores, outcomes * (kept < 0.7), usual_rate=0.389)["conversion"].severity == "high"


def test_without_a_usual_conversion_the_state_says_so():
    found = seen(*leads(600, 1))["conversion"]
    assert (found.state, found.value > 0.3) == ("NO_REFERENCE", True)


def test_a_best_band_that_is_no_better_than_all_is_raised():
    scores, outcomes = leads(3_000, 1)
    shuffled = np.random.default_rng(0).permutation(outcomes)
    shuffled[scores >= 0.8] *= np.random.default_rng(1).random((scores >= 0.8).sum()) < 0.8
    assert seen(scores, shuffled)["lift"].severity == "high"


def test_deciles_hold_what_was_said_beside_what_happened():
    scores, outcomes = leads(3_000, 1)
    quiet = seen(scores, outcomes)
    said = [quiet[f"decile_conversion/decile {n}"].expected for n in range(1, 11)]
    assert said == sorted(said)
    tenth = np.argsort(scores)[-300:]
    outcomes[tenth] = 0.0
    assert seen(scores, outcomes)["decile_conversion/decile 10"].severity == "medium"


def test_a_band_that_no_lead_is_in_says_so():
    scores, outcomes = leads(600, 1)
    found = seen(np.minimum(scores, 0.7), outcomes)
    assert found["conversion/Hot"].state == "INSUFFICIENT_DATA"
    assert "lift" not in found


def test_few_outcomes_say_nothing_of_conversion():
    found = seen(*leads(100, 1), usual_rate=0.389)
    assert found["conversion"].state == "INSUFFICIENT_DATA"
    pending = seen(leads(600, 1)[0], np.full(600, np.nan), usual_rate=0.389)
    assert pending["conversion"].state == "LABELS_PENDING"
    assert set(pending) == {"conversion", "label_delay_days"}


def test_another_mix_of_sources_is_raised():
    before = ["Google"] * 700 + ["API"] * 300
    found = seen(*leads(600, 1), sources=(before, ["Google"] * 280 + ["API"] * 300 + [None] * 20))
    assert (found["source_share/Google"].severity, found["source_share/API"].severity) == (
        "medium",
        "medium",
    )
    assert found["source_share/(missing)"].state == "OK"
    assert found["source_share/Google"].expected == 0.7


def test_without_leads_on_a_side_sources_say_nothing():
    assert seen(*leads(600, 1), sources=([], ["a"]))["source_share"].state == "INSUFFICIENT_DATA"


def test_the_median_of_known_delays_is_told():
    delays = np.array([1.0, 3.0, 8.0, np.nan])
    assert seen(*leads(600, 1), delay_days=delays)["label_delay_days"].value == 3.0


def test_a_delay_that_nobody_can_tell_says_what_is_missing():
    unknown = np.array([np.nan] * 600)
    no_day = seen(*leads(600, 1))["label_delay_days"]
    undated = seen(*leads(600, 1), delay_days=unknown)["label_delay_days"]
    early = seen(leads(600, 1)[0], unknown, delay_days=unknown)["label_delay_days"]
    assert (no_day.state, undated.state, early.state) == (
        "NOT_KEPT",
        "NOT_KEPT",
        "LABELS_PENDING",
    )
    assert "'Arrival Date'" in no_day.says
    assert "'Outcome Date'" in undated.says


def test_f28_outcomes_before_their_leads_are_counted_aloud_and_are_no_delay():
    delays = np.array([5.0] * 300 + [-4.0] * 2 + [-1.0])
    found = seen(*leads(600, 1), delay_days=delays)
    assert (found["early_outcomes"].value, found["early_outcomes"].severity) == (2, "low")
    assert "2 of 303 outcomes are dated before their leads came" in found["early_outcomes"].says
    assert found["label_delay_days"].value == 5.0
    many = seen(*leads(600, 1), delay_days=np.array([5.0] * 300 + [-4.0] * 30))["early_outcomes"]
    assert many.severity == "medium"
    fine = seen(*leads(600, 1), delay_days=np.array([5.0, -1.0]))
    assert (fine["early_outcomes"].state, fine["label_delay_days"].value) == ("OK", 2.5)


def listed(**counts):
    found = outcome_signals(**({"named": 500, "ours": 400, "contradicted": 0} | counts))
    return {signal.name: signal for signal in found}


def test_outcomes_of_other_leads_are_counted():
    assert listed()["unknown_leads"].value == 100
    assert worst(listed().values()) is None


def test_outcomes_of_which_none_is_ours_are_raised():
    signal = listed(ours=0)["unknown_leads"]
    assert signal.severity == "high"
    assert "look whether both sides spell ids alike" in signal.says


@pytest.mark.parametrize("kind", ["contradicted", "unreadable", "future"])
def test_faults_of_a_list_are_graded_by_their_share(kind):
    few, many = listed(**{kind: 1}), listed(**{kind: 50})
    assert (worst(few.values()), worst(many.values())) == ("low", "medium")


def test_an_empty_list_is_at_no_fault():
    assert worst(outcome_signals(named=0, ours=0, contradicted=0)) is None


def served(**figures):
    return {signal.name: signal for signal in service_signals(**figures)}


def test_a_service_that_does_well_raises_nothing():
    found = served(requests=6_000, errors=3, seconds=60, p50_ms=12, p99_ms=80, saturation=0.4)
    assert worst(found.values()) is None
    assert found["requests_per_second"].value == 100


@pytest.mark.parametrize(
    ("figures", "name", "severity"),
    [
        ({"errors": 20}, "error_share", "medium"),
        ({"errors": 60}, "error_share", "critical"),
        ({"p99_ms": 200}, "p99_ms", "medium"),
        ({"p99_ms": 900}, "p99_ms", "critical"),
        ({"saturation": 0.85}, "saturation", "medium"),
        ({"saturation": 0.99}, "saturation", "critical"),
    ],
)
def test_a_service_in_need_is_raised(figures, name, severity):
    assert served(requests=1_000, **figures)[name].severity == severity


def test_few_requests_say_nothing_of_errors():
    found = served(requests=3, errors=3, p99_ms=900)
    assert {signal.state for signal in found.values()} == {"INSUFFICIENT_DATA"}
