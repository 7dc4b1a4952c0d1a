"""The loop judges by outcomes as they arrive: from later exports, or from files of their own."""

import shutil
from datetime import timedelta

import pandas as pd
import pytest

from ml.contract.errors import InputRefused, UsageError
from ml.steps.decisions import past_decisions
from ml.steps.watch_history import past_watches
from tests.support.loops import CASE, DRIFTING, LoopHome, made

WEEK = 300


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A home whose first turn has trained version 1."""
    home = LoopHome(tmp_path_factory.mktemp("loop"))
    home.export("2026-03-01.csv", rows=3_000, seed=1)
    home.turn()
    return home


@pytest.fixture
def home(trained, tmp_path):
    """A copy of that home, which hears of outcomes in a folder of their own."""
    shutil.copytree(trained.folder, tmp_path / "copy")
    home = LoopHome(tmp_path / "copy")
    home.now, home.outcomes = trained.now, tmp_path / "outcomes"
    home.outcomes.mkdir()
    return home


def week(home, number, *, scenario=None, rows=WEEK):
    """A week later: an export of new leads, of which nothing is known, and the turn that sees it.

    The frame has the outcomes as they will be.
    """
    more = {"scenario": scenario} if scenario else {}
    frame = made(rows=rows, seed=100 + number, **more)
    hide(frame).to_csv(home.exports / f"2026-03-{1 + 7 * number:02}.csv", index=False)
    return frame, home.turn(days=7)


def hide(frame):
    return frame.assign(Converted=None)


def turned(frame):
    """Leads of which just the others convert."""
    return frame.assign(Converted=1 - frame["Converted"])


def tell(home, name, *frames, **columns):
    told = pd.concat(frames)[["Prospect ID", "Converted"]].assign(**columns)
    told.to_csv(home.outcomes / name, index=False)
    return told


def signals(home):
    newest = past_watches(home.runtime.lake, CASE.name, CASE.default_moment, most=1)[0]
    return {signal.key: signal for signal in newest.signals}


def looks(home):
    return len(past_watches(home.runtime.lake, CASE.name, CASE.default_moment))


def test_a_model_that_grew_bad_is_found_by_outcomes_that_come_four_weeks_later(home):
    first, _ = week(home, 1)
    for number in (2, 3, 4):
        _, found = week(home, number)
        assert found.decision.action == "KEEP"
        assert any(reason.startswith("LABELS_PENDING") for reason in found.decision.reasons)
    before = looks(home)
    tell(home, "2026-03-29.csv", turned(first))
    found = home.turn(days=1)
    assert looks(home) == before + 1  # no new export, and yet it looked
    assert found.decision.reason == "performance"
    assert signals(home)["performance/outcomes"].value == WEEK
    assert found.decision.figures["labelled_rows"] == 3_000 + WEEK  # they are learnt from
    assert found.outcome is not None
    quiet = home.turn(days=1)
    assert looks(home) == before + 1
    assert quiet.decision.reason is None


def test_a_later_export_tells_what_became_of_earlier_leads(home):
    home.outcomes = None
    first, _ = week(home, 1)
    week(home, 2)
    news = pd.concat([turned(first), hide(made(rows=WEEK, seed=300))])
    news.to_csv(home.exports / "2026-03-22.csv", index=False)
    found = home.turn(days=7)
    assert found.decision.reason == "performance"
    assert signals(home)["performance/outcomes"].value == WEEK


def test_a_model_that_does_as_it_did_is_kept(home):
    first, _ = week(home, 1)
    tell(home, "2026-03-09.csv", first)
    found = home.turn(days=1)
    assert (found.decision.action, found.decision.triggers) == ("KEEP", ())
    auc = signals(home)["performance/roc_auc"]
    assert (auc.state, auc.value > 0.8) == ("OK", True)


def test_the_row_before_the_outcome_was_known_is_judged(home):
    """What somebody wrote down after the outcome would make any model look well."""
    first, _ = week(home, 1)
    given_away = turned(first)
    last = given_away["Converted"].map({1: 2_000, 0: 0})
    given_away = given_away.assign(**{"Total Time Spent on Website": last})
    given_away.to_csv(home.exports / "2026-03-15.csv", index=False)
    assert home.turn(days=7).decision.reason == "performance"
    assert signals(home)["performance/roc_auc"].value < 0.3


def test_leads_that_taught_the_model_say_nothing_of_it(home):
    week(home, 1)
    taught = pd.read_csv(home.exports / "2026-03-01.csv")
    tell(home, "2026-03-09.csv", turned(taught))
    found = home.turn(days=1)
    assert found.decision.triggers == ()
    assert signals(home)["performance/roc_auc"].state == "LABELS_PENDING"
    assert signals(home)["business/unknown_leads"].value == 0


def test_a_few_quick_outcomes_of_an_export_are_not_judged_by_until_they_are_old(home):
    first, _ = week(home, 1, rows=600)
    quick = first[first["Converted"] == 1].head(220)
    slow = first[first["Converted"] == 0].head(100)
    tell(home, "2026-03-09.csv", quick, slow)
    home.turn(days=1)
    assert signals(home)["performance/roc_auc"].state == "LABELS_PENDING"
    tell(home, "2026-04-15.csv", slow.head(1))
    home.turn(days=CASE.watch.label_days)
    assert signals(home)["performance/outcomes"].value == 320


def test_leads_that_say_when_they_came_are_judged_from_an_age_on(home):
    """All outcomes of the newest are known, but they came last week: earlier ones are judged."""
    home.outcomes = None
    old, new = made(rows=WEEK, seed=101), made(rows=WEEK, seed=102)
    dated(turned(old), "2026-02-20").to_csv(home.exports / "2026-03-08.csv", index=False)
    home.turn(days=7)
    assert signals(home)["performance/roc_auc"].state == "LABELS_PENDING"
    dated(new, "2026-03-20").to_csv(home.exports / "2026-03-29.csv", index=False)
    found = home.turn(days=21)
    assert found.decision.reason == "performance"
    assert signals(home)["performance/outcomes"].value == WEEK


def dated(frame, day):
    return frame.assign(**{"Arrival Date": day})


def test_later_outcomes_make_no_second_drift_of_one_export(home):
    first, found = week(home, 1, scenario=DRIFTING, rows=600)
    assert (found.decision.action, found.decision.figures["looks_drifted"]) == ("WAIT", 1)
    tell(home, "2026-03-09.csv", first)
    found = home.turn(days=1)
    assert (looks(home), found.decision.figures["looks_drifted"]) == (2, 1)
    assert found.decision.action == "WAIT"


def test_strange_contradicting_and_future_outcomes_are_named_and_not_taken(home):
    first, _ = week(home, 1)
    ahead = (home.now + timedelta(days=30)).date().isoformat()
    odd = turned(first)
    told = [
        odd[:50], first[:50],  # two outcomes of one lead
        odd[50:60].assign(**{"Outcome Date": ahead}),
        made(rows=70, seed=900),  # nobody's
    ]  # fmt: skip
    tell(home, "2026-03-09.csv", *told)
    frame = pd.concat(told)[["Prospect ID", "Converted", "Outcome Date"]]
    frame.to_csv(home.outcomes / "2026-03-09.csv", index=False)
    found = home.turn(days=1)
    said = signals(home)
    assert said["business/contradicting_outcomes"].value == 50
    assert said["business/future_outcomes"].value == 10
    assert said["business/unknown_leads"].value == 70
    assert said["performance/outcomes"].value == 0
    assert found.decision.figures["labelled_rows"] == 3_000
    assert found.decision.triggers == ()


def test_the_last_file_that_names_a_lead_counts(home):
    first, _ = week(home, 1)
    tell(home, "2026-03-09.csv", turned(first))
    tell(home, "2026-03-10.csv", first)
    assert home.turn(days=1).decision.triggers == ()
    assert signals(home)["performance/roc_auc"].state == "OK"


def test_newest_outcomes_that_cannot_be_read_fail_the_turn_and_older_ones_are_named(home):
    first, _ = week(home, 1)
    broken = home.outcomes / "2026-03-09.csv"
    broken.write_bytes(b"\x00\x01 no outcomes at all")
    kept = len(past_decisions(home.runtime.lake, CASE.name, CASE.default_moment))
    for _ in range(2):
        with pytest.raises(InputRefused, match=r"^2026-03-09\.csv: line 1: HEADER"):
            home.turn(days=1)
    assert len(past_decisions(home.runtime.lake, CASE.name, CASE.default_moment)) == kept
    tell(home, "2026-03-10.csv", first)
    found = home.turn(days=1)
    assert any("2026-03-09.csv was left out" in reason for reason in found.decision.reasons)
    assert signals(home)["performance/roc_auc"].state == "OK"


def test_a_folder_of_outcomes_may_be_empty_and_must_be_there(home):
    _, found = week(home, 1)
    assert found.decision.action == "KEEP"
    home.outcomes = home.outcomes / "none"
    with pytest.raises(UsageError, match="there is no file or folder"):
        home.turn(days=1)
