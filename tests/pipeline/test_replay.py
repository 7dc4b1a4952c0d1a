"""A replay on few weeks: what was planted is found, answered and drawn."""

import json
from dataclasses import replace
from datetime import date

import pytest

from ml.contract.retraining import DecisionAction
from ml.core.plots.replay_plot import replay_plot
from ml.core.replaying import Event, ReplayResult, Week, scenario_of
from ml.core.replaying.story import wins_of
from ml.replay import Replaying
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.command_line import leadwise

PNG = b"\x89PNG"
QUIET = Week(
    number=1, changed=False, state="OK", losses=(), action="KEEP", reasons=(), ended="", says="",
    version="1", auc=0.92, auc_never=0.92, calibration_error=0.02, calibration_error_never=0.02,
    wins=60, wins_never=60,
)  # fmt: skip


def year(*weeks, event="drift", event_week=2):
    return ReplayResult(
        event=event, event_week=event_week, seed=0, rows_a_week=500, capacity=100, weeks=weeks,
        auc_end=0.9, auc_new=0.905 if event_week else None, seconds=1.0,
    )  # fmt: skip


DRIFTED = year(
    replace(QUIET, action=DecisionAction.RETRAIN, state="DRIFTED", ended="KEPT"),
    replace(QUIET, number=2, changed=True, state="DRIFTED", action="WAIT", auc=0.86),
    replace(
        QUIET, number=3, changed=True, state="DRIFTED", action="RETRAIN", ended="PROMOTED", auc=0.86
    ),
    replace(QUIET, number=4, changed=True, version="2", auc=0.9, wins=66),
)


def test_a_year_says_when_it_was_seen_and_what_was_saved():
    found = DRIFTED
    assert (found.seen_week, found.asked_week, found.promoted_week) == (2, 3, 3)
    assert (found.retrains, found.false_retrains, found.false_looks) == (2, 1, 1)
    assert found.wins_saved == 6
    assert found.wins_margin == 0  # one week tells nothing of chance
    told = found.to_dict()
    assert told["wins_saved"] == 6
    assert len(told["weeks"]) == 4


def test_a_loss_of_performance_is_seen_as_drift_is():
    lost = replace(QUIET, losses=("performance/roc_auc",))
    found = year(lost, replace(lost, number=2, changed=True), event="concept-drift")
    assert (found.false_looks, found.seen_week) == (1, 2)


def test_wins_saved_are_told_with_what_chance_allows():
    weeks = [replace(QUIET, version="2", wins=60 + saved) for saved in (4, 6, 8)]
    found = year(QUIET, *weeks)
    assert found.wins_saved == 18
    assert found.wins_margin == pytest.approx(1.96 * 2 * 3**0.5, rel=1e-3)


def test_wins_are_those_of_the_best():
    assert wins_of([0, 1, 1, 0], [0.1, 0.9, 0.2, 0.8], 2) == 1


def test_a_year_without_an_event_has_nothing_to_see():
    found = year(QUIET, event="none", event_week=None)
    assert (found.seen_week, found.asked_week, found.false_retrains) == (None, None, 0)
    assert replay_plot(found).startswith(PNG)


def test_the_picture_is_drawn_the_same_each_time():
    first, second = replay_plot(DRIFTED), replay_plot(DRIFTED)
    assert first.startswith(PNG)
    assert first == second
    assert first != replay_plot(replace(DRIFTED, event_week=3))


@pytest.mark.parametrize(
    ("event", "planted"),
    [
        (Event.NONE, {"drift_week": None, "broken_field": None}),
        (Event.DRIFT, {"drift_week": 5, "drift_strength": 1.0}),
        (Event.BASE_RATE, {"drift_week": 5, "base_rate_shift": -1.5, "drift_strength": 0}),
        (Event.CONCEPT_DRIFT, {"drift_week": 5, "concept_strength": 1.0, "drift_strength": 0}),
        (Event.BROKEN_FIELD, {"drift_week": 5, "broken_field": "Total Time Spent on Website"}),
    ],
)
def test_each_event_plants_what_it_says(event, planted):
    scenario = scenario_of(event, weeks=9, week=5)
    assert (scenario.arrival_weeks, scenario.start) == (9, date(2025, 1, 6))
    assert {name: getattr(scenario, name) for name in planted} == planted


def test_only_what_is_seen_asks_unless_the_schedule_is_wanted():
    what = Replaying(event=Event.DRIFT, week=2, rows_a_week=400)
    case = what.use_case(LEAD_CONVERSION)
    assert case.retrain.every_days > 3_000
    assert case.retrain.most_rows == 3_200
    own = LEAD_CONVERSION.retrain
    assert replace(what, schedule=True).use_case(LEAD_CONVERSION).retrain.every_days == (
        own.every_days
    )
    assert what.changed(2)
    assert not what.changed(1)
    assert not replace(what, event=Event.NONE).changed(2)


def test_a_week_beyond_the_last_is_refused_before_any_work(tmp_path):
    words = ("replay", "lead_conversion", "--weeks", 3, "--week", 4, "--home", tmp_path / "home")
    refused = leadwise(*words)
    assert (refused.code, refused.err.strip()) == (
        2, "error: --week is 4, but only 3 weeks are played",
    )  # fmt: skip
    assert not (tmp_path / "home").exists()


def test_a_field_that_breaks_is_seen_trained_for_and_answered(tmp_path):
    plot = tmp_path / "weeks.png"
    done = leadwise(
        "replay", "lead_conversion", "--weeks", 3, "--week", 1, "--event", "broken-field",
        "--rows-a-week", 400, "--home", tmp_path / "home", "--plot", plot, "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["seen_week"], told["asked_week"], told["false_retrains"]) == (1, 2, 0)
    assert [week["version"] for week in told["weeks"]] == ["1", "1", "2"]
    assert told["weeks"][2]["auc"] != told["weeks"][2]["auc_never"]  # another model is judged
    assert abs(told["auc_end"] - told["auc_new"]) < 0.02
    assert plot.read_bytes().startswith(PNG)
