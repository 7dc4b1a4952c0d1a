"""When a model is trained again, and what is said where it is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ml.contract.moments import ENGAGED
from ml.contract.names import DriftState
from ml.contract.retraining import (
    DecisionAction,
    Look,
    Refusal,
    decision_from,
    outcome_from,
)
from ml.contract.watch_policy import RetrainPolicy
from ml.contract.watching import Severity, Signal, SignalState, Watched
from ml.core.retraining import Seen, decide, lasting_losses
from ml.use_cases.lead_conversion import LEAD_CONVERSION as CASE

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
OK = Look(at="2026-03-02T06:00:00+00:00", state=DriftState.OK)
DRIFTED = replace(OK, state=DriftState.DRIFTED, reasons=("2 columns have drifted.",))
FEW = replace(OK, state=DriftState.INSUFFICIENT_DATA, notes=("40 rows; 200 are needed.",))
WELL = Seen(
    now=NOW,
    looks=(OK,),
    trained_at=NOW - timedelta(days=2),
    started_at=NOW - timedelta(days=2),
    labelled_rows=4_000,
    learnt_rows=4_000,
)
LOST = Signal(
    watched=Watched.PERFORMANCE,
    name="roc_auc",
    value=0.81,
    expected=0.93,
    bound=0.9,
    state=SignalState.RAISED,
    severity=Severity.CRITICAL,
    says="AUC is .81 where .93 was expected.",
)


def decided(case=CASE, **changes):
    return decide(case, ENGAGED, replace(WELL, **changes), id="1")


def test_where_all_is_well_the_model_is_kept_and_the_reason_said():
    found = decided()
    assert (found.action, found.triggers, found.severity) == (DecisionAction.KEEP, (), "")
    assert found.reasons == ("Nothing asks for a retrain; the last training is 2.0 days old.",)


@pytest.mark.parametrize(
    ("changes", "reason", "severity", "said"),
    [
        ({"trained_at": NOW - timedelta(days=7)}, "schedule", "low", "7.0 days old"),
        ({"trained_at": None}, "schedule", "low", "No model has been trained yet."),
        ({"looks": (DRIFTED, OK, DRIFTED)}, "drift", "high", "in 2 of the last 3 looks. 2 columns"),
        ({"signals": (LOST,)}, "performance", "critical", "AUC is .81"),
        ({"labelled_rows": 9_000}, "new_data", "low", "5,000 outcomes have become known"),
        ({"asked": "new course"}, "manual", "low", "Somebody asks: new course"),
    ],
)
def test_each_trigger_asks_with_a_sentence(changes, reason, severity, said):
    found = decided(**changes)
    assert found.action == DecisionAction.RETRAIN
    (trigger,) = found.triggers
    assert (trigger.reason, trigger.severity, found.severity) == (reason, severity, severity)
    assert said in trigger.says
    assert found.reasons[0] == trigger.says
    assert found.reason == reason


@pytest.mark.parametrize(
    "changes",
    [
        {"trained_at": NOW - timedelta(days=7) + timedelta(seconds=1)},
        {"labelled_rows": 8_999},
        {"labelled_rows": None},
        {"signals": (replace(LOST, state=SignalState.OK, severity=None),)},
        {"signals": (replace(LOST, watched=Watched.SERVICE),)},
    ],
)
def test_just_below_its_bound_nothing_asks(changes):
    assert decided(**changes).action == DecisionAction.KEEP


def test_the_gravest_trigger_is_named_first():
    found = decided(
        asked="new course", signals=(LOST,), looks=(DRIFTED, DRIFTED), labelled_rows=99_000
    )
    assert [each.reason for each in found.triggers] == [
        "performance", "drift", "manual", "new_data",
    ]  # fmt: skip
    assert found.severity == "critical"


def test_drift_that_was_seen_once_waits_for_another_look():
    found = decided(looks=(DRIFTED, OK, OK, DRIFTED))
    assert found.action == DecisionAction.WAIT
    assert "Drift was seen in 1 of the last 3 looks; a retrain is asked for from 2 of 3 on." in (
        found.reasons
    )


def test_looks_that_could_not_tell_are_no_proof_of_health():
    found = decided(looks=(FEW, DRIFTED, FEW, DRIFTED))
    assert found.action == DecisionAction.RETRAIN
    assert "INSUFFICIENT_DATA: 40 rows; 200 are needed." in found.reasons
    alone = decided(looks=(FEW, OK))
    assert alone.action == DecisionAction.WAIT
    assert alone.reasons == ("INSUFFICIENT_DATA: 40 rows; 200 are needed.",)
    assert decided(looks=()).action == DecisionAction.WAIT


@pytest.mark.parametrize("state", [SignalState.LABELS_PENDING, SignalState.INSUFFICIENT_DATA])
def test_figures_that_wait_for_outcomes_are_told(state):
    pending = replace(LOST, state=state, severity=None, says="12 of 400 outcomes are known.")
    found = decided(signals=(pending,))
    assert f"{state}: 12 of 400 outcomes are known." in found.reasons


def test_a_start_rules_the_next_out_for_a_day_unless_a_person_asks():
    recent = {"started_at": NOW - timedelta(hours=23), "looks": (DRIFTED, DRIFTED)}
    found = decided(**recent)
    assert (found.action, found.refusal) == (DecisionAction.REFUSED, Refusal.COOLING_DOWN)
    assert "1.0 hours are left" in found.reasons[-1]
    assert [each.reason for each in found.triggers] == ["drift"]
    assert decided(**recent, asked="now").action == DecisionAction.RETRAIN
    later = recent | {"started_at": NOW - timedelta(hours=24)}
    assert decided(**later).action == DecisionAction.RETRAIN


def test_a_cooldown_without_a_trigger_refuses_nothing():
    assert decided(started_at=NOW - timedelta(hours=1)).action == DecisionAction.KEEP


def test_drift_in_every_run_makes_no_storm_of_retrains():
    started, actions = WELL.started_at, []
    for hour in range(5):
        now = NOW + timedelta(hours=hour)
        found = decided(now=now, looks=(DRIFTED,) * 3, started_at=started)
        started = now if found.action == DecisionAction.RETRAIN else started
        actions.append(found.action)
    assert actions == ["RETRAIN", *["REFUSED"] * 4]


def test_nobody_starts_a_second_run_beside_the_first():
    found = decided(running=True, asked="now")
    assert (found.action, found.refusal) == (DecisionAction.REFUSED, Refusal.ALREADY_RUNNING)


def test_too_few_outcomes_are_waited_for():
    found = decided(asked="now", labelled_rows=199)
    assert found.action == DecisionAction.WAIT
    assert found.reasons[-1] == "Only 199 outcomes are known; expected 200 to train on."


@pytest.mark.parametrize("skew", [timedelta(days=1), timedelta(days=-1)])
def test_a_clock_that_jumps_neither_makes_a_storm_nor_a_negative_age(skew):
    found = decided(now=WELL.trained_at + skew, looks=(DRIFTED, DRIFTED))
    assert found.figures["age_days"] >= 0
    refusal = "" if skew > timedelta(0) else Refusal.COOLING_DOWN
    assert found.refusal == refusal


def test_policies_of_the_use_case_decide():
    calm = replace(CASE, retrain=RetrainPolicy(every_days=400, new_rows=10**9))
    assert decided(calm, trained_at=NOW - timedelta(days=300), labelled_rows=10**6).action == "KEEP"


def test_a_decision_comes_back_from_json_and_so_does_what_is_newer():
    from dataclasses import asdict

    found = decided(looks=(DRIFTED, DRIFTED))
    assert decision_from(asdict(found) | {"of_a_later_release": 1}) == found
    words = {"decision": "1", "at": "x", "ended": "KEPT", "says": "y", "later": 1, "shadow": None}
    assert outcome_from(words).ended == "KEPT"


def test_a_loss_that_no_decision_suffers_by_is_said_and_asks_for_nothing():
    lesser = replace(LOST, subject="Google", severity=Severity.MEDIUM, says="AUC fell for Google.")
    found = decided(signals=(lesser,))
    assert (found.action, found.triggers) == (DecisionAction.KEEP, ())
    assert "Raised, and by itself no reason to train: AUC fell for Google." in found.reasons


def test_a_lesser_loss_of_all_leads_asks_once_it_lasts():
    lesser = replace(
        LOST, name="calibration_error", severity=Severity.MEDIUM, says="15 points off."
    )
    seen = replace(OK, losses=(lesser.key,))
    once = decided(signals=(lesser,), looks=(seen, OK, OK, seen))
    assert once.action == DecisionAction.WAIT
    assert "15 points off. A retrain is asked for once 2 of 3 looks show it." in once.reasons
    lasted = decided(signals=(lesser,), looks=(seen, OK, seen))
    assert lasted.action == DecisionAction.RETRAIN
    assert [(one.reason, one.severity, one.says) for one in lasted.triggers] == [
        ("performance", "medium", "15 points off."),
    ]  # fmt: skip
    over = decided(looks=(OK, seen, seen))  # it is over: what is seen now asks
    assert over.action == DecisionAction.KEEP
    other = decided(signals=(lesser,), looks=(seen, replace(OK, losses=("performance/log_loss",))))
    assert other.action == DecisionAction.WAIT


def test_a_cohorts_loss_is_none_of_all_leads():
    cohort = replace(LOST, subject="Google")
    assert lasting_losses((LOST, cohort)) == (LOST.key,)
