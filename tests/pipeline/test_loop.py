"""The loop on a home: what it sees, what it decides, and what serves afterwards."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ml.adapters.mlflow_connection import MlflowConnection
from ml.adapters.sqlite_receipts import SqliteReceipts
from ml.contract.errors import InputRefused, UsageError
from ml.contract.messages import RetrainWanted
from ml.contract.receipts import Receipt, new_receipt_id
from ml.steps.decisions import decisions_prefix, past_decisions
from ml.steps.exports import exported_files
from tests.support.loops import CASE, DRIFTING, NEVER_GOOD_ENOUGH, InProcess, LoopHome


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A home whose first turn has trained version 1, and what it said."""
    home = LoopHome(tmp_path_factory.mktemp("loop"))
    home.export("2026-03-01.csv", rows=3_000, seed=1)
    return home, home.turn()


@pytest.fixture
def again(trained, tmp_path):
    """A copy of that home, a month on."""

    def copied(use_case=CASE):
        first, _ = trained
        shutil.copytree(first.folder, tmp_path / "copy")
        home = LoopHome(tmp_path / "copy", use_case)
        home.now = first.now.replace(month=4)
        return home

    return copied


def past(home, most=100):
    return past_decisions(home.runtime.lake, CASE.name, CASE.default_moment, most=most)


def test_the_first_turn_of_a_home_trains_and_serves(trained):
    home, found = trained
    assert [each.reason for each in found.decision.triggers] == ["schedule"]
    assert (found.outcome.ended, found.outcome.version, found.outcome.champion) == (
        "PROMOTED", "1", "1",
    )  # fmt: skip
    assert found.outcome.shadow.answered == 50
    assert found.outcome.shadow.source == "file"
    assert home.served() == "1"
    assert home.told.began() == ["model-retrained"]
    assert past(home) == [found]


def test_the_reason_is_with_the_run_of_the_training(trained):
    home, found = trained
    folder = home.folder / "home"
    connection = MlflowConnection(
        uri=f"sqlite:///{folder / 'mlflow.db'}", artifacts=folder / "mlartifacts"
    )
    with connection.client() as client:
        tags = client.get_run(found.outcome.run_id).data.tags
    assert tags["retrain_reason"] == "schedule"
    assert tags["retrain_decision"] == found.decision.id
    assert tags["retrain_reasons"] == "No model has been trained yet."


def test_a_file_that_was_seen_is_not_watched_twice_and_leaves_no_decision(again):
    home = again()
    before = len(past(home))
    home.export("2026-04-01.csv", rows=400, seed=2)
    first, second = home.turn(), home.turn(days=1)
    assert (first.decision.action, second.decision.action) == ("KEEP", "KEEP")
    assert (first.decision.source, second.decision.source) == ("2026-04-01.csv", "")
    assert second.decision.figures["looks_judged"] == 1
    assert len(past(home)) == before + 1


def test_drift_that_persists_retrains_promotes_and_is_answered(again):
    home = again()
    home.export("2026-04-01.csv", rows=600, seed=3, scenario=DRIFTING)
    assert home.turn().decision.action == "WAIT"
    assert home.served() == "1"
    home.export("2026-04-08.csv", rows=600, seed=4, scenario=DRIFTING)
    found = home.turn(days=7)
    assert found.decision.reason == "drift"
    assert "Drift was seen in 2 of the last 2 looks." in found.decision.reasons[0]
    assert (found.outcome.ended, home.served()) == ("PROMOTED", "2"), found.outcome.says
    assert found.outcome.token == 2
    assert home.scoring.asked == [("2", 50), ("1", 50)]
    later = home.turn(days=1)
    assert (later.decision.action, later.decision.figures["looks_judged"]) == ("WAIT", 0)


def test_an_equal_challenger_serves_where_leads_changed_and_not_because_somebody_asks(again):
    strict = replace(CASE.retrain, non_inferiority_margin=0.1)
    home = again(replace(CASE, champion_margin=0.3, retrain=strict))
    home.export("2026-04-01.csv", rows=600, seed=3, scenario=DRIFTING)
    asked = home.turn(because="new course").outcome
    assert asked.ended == "KEPT"
    assert "not better than the champion by more than 0.3" in asked.says
    for day in ("08", "15"):
        home.export(f"2026-04-{day}.csv", rows=600, seed=int(day), scenario=DRIFTING)
        found = home.turn(days=7)
    assert found.decision.reason == "drift"
    assert found.outcome.ended == "PROMOTED", found.outcome.says


def test_a_challenger_that_is_not_approved_changes_nothing_that_is_served(again):
    home = again(NEVER_GOOD_ENOUGH)
    before = home.runtime.endpoint.stamp(CASE.model_name(CASE.default_moment))
    home.export("2026-04-01.csv", rows=600, seed=3)
    found = home.turn(because="new course")
    assert (found.outcome.ended, found.outcome.version) == ("KEPT", "2")
    assert "not approved: the AUC is" in found.outcome.says
    assert found.outcome.shadow is None
    assert home.served() == "1"
    assert home.runtime.endpoint.stamp(CASE.model_name(CASE.default_moment)) == before
    assert home.told.began() == ["challenger-kept-out"]


def test_a_shadow_that_is_late_keeps_the_challenger_out_with_the_reason(again):
    home = again()
    home.scoring = InProcess(broken=True)
    home.export("2026-04-01.csv", rows=600, seed=3)
    found = home.turn(because="new course")
    assert found.outcome.ended == "KEPT"
    assert "in shadow: it had not answered 50 of 50 leads" in found.outcome.says
    assert found.outcome.shadow.late == 50
    assert home.served() == "1"


def test_the_shadow_answers_what_was_really_asked_for(again, tmp_path):
    home = again()
    home.receipts = SqliteReceipts(tmp_path / "receipts.db")
    frame = home.export("2026-04-01.csv", rows=600, seed=3)
    cells = {"Lead Origin": "API", "Total Time Spent on Website": 300}
    home.receipts.add([receipt(CASE.model_name(CASE.default_moment), cells) for _ in range(5)])
    home.receipts.add([receipt("another", cells)])
    home.now = datetime.now(UTC) + timedelta(minutes=1)
    found = home.turn(because="new course")
    assert len(frame) == 600
    assert (found.outcome.shadow.source, found.outcome.shadow.leads) == ("receipts", 5)


def receipt(model, cells):
    return Receipt(
        id=new_receipt_id(), lead="l", use_case=CASE.name, moment="engaged", model=model,
        version="1", package_sha256="x", cells=cells, inputs_sha256="y", prediction=0.5, score=50,
        band="Warm",
    )  # fmt: skip


def test_a_run_whose_lease_was_given_to_another_does_not_promote(again):
    home = again()
    home.export("2026-04-01.csv", rows=600, seed=3)
    told = home.scoring.answers

    def overtaken(deployment, leads, *, seconds):
        """While the shadow runs its lease ends, and somebody else asks."""
        wanted = RetrainWanted(use_case=CASE.name, reason="manual", cause="Bob")
        home.leases.take(wanted, int(home.now.timestamp()) + 3 * 3600)
        return told(deployment, leads, seconds=seconds)

    home.scoring.answers = overtaken
    found = home.turn(because="Ann")
    assert found.outcome.ended == "FAILED"
    assert "runs under token 2, and 3 has been given since" in found.outcome.says
    assert home.served() == "1"
    assert home.told.began() == ["retrain-failed"]


class Killed(BaseException):
    """What nothing of ours catches, as nothing catches SIGKILL."""


def test_a_turn_that_died_is_closed_by_the_next_and_its_lease_is_free(again):
    home = again()
    home.export("2026-04-01.csv", rows=600, seed=3)
    home.scoring.answers = die
    home.leases.end = lambda *_: None  # a dead process frees nothing
    with pytest.raises(Killed):
        home.turn(because="Ann")
    del home.leases.end
    home.scoring = InProcess()
    assert past(home)[0].outcome is None
    assert home.leases.standing(int(home.now.timestamp())).running
    found = home.turn(because="Bob", days=1 / 24)
    assert (found.outcome.ended, found.outcome.token) == ("PROMOTED", 3), found.outcome.says
    dead = past(home)[1].outcome
    assert (dead.ended, dead.token, dead.champion) == ("FAILED", 2, "1")
    assert dead.says == "The process ended before the retrain was over. Version 1 serves."
    assert home.told.began().count("retrain-failed") == 1
    home.turn(days=1)
    assert home.told.began().count("retrain-failed") == 1


def die(*_, **__):
    raise Killed


def test_the_lease_of_somebody_else_outlives_a_dead_turn(again):
    home = again()
    home.export("2026-04-01.csv", rows=600, seed=3)
    home.scoring.answers = die
    with pytest.raises(Killed):
        home.turn(because="Ann")
    wanted = RetrainWanted(use_case=CASE.name, reason="manual", cause="Bob")
    token = home.leases.take(wanted, int(home.now.timestamp())).token
    assert home.turn(because="Carl").decision.refusal == "ALREADY_RUNNING"
    assert home.leases.standing(int(home.now.timestamp())).token == token
    assert [each.outcome.token for each in past(home) if each.outcome] == [0, 1]


def test_a_second_request_beside_a_run_is_refused_and_kept(again):
    home = again()
    home.export("2026-04-01.csv", rows=600, seed=3)
    wanted = RetrainWanted(use_case=CASE.name, reason="manual", cause="Bob")
    home.leases.take(wanted, int(home.now.timestamp()))
    found = home.loop.running("Ann")
    assert (found.decision.action, found.decision.refusal) == ("REFUSED", "ALREADY_RUNNING")
    assert home.turn(because="Ann").decision.refusal == "ALREADY_RUNNING"
    assert past(home)[0].decision.refusal == "ALREADY_RUNNING"
    assert home.turn(because="Ann", days=1).outcome is not None  # its lease is over


def test_drift_in_five_turns_running_trains_once_a_day_and_is_one_incident(again):
    home = again(NEVER_GOOD_ENOUGH)
    ends = []
    for number in range(5):
        name = f"2026-04-01-{number}.csv"
        home.export(name, rows=400, seed=10 + number, scenario=DRIFTING)
        found = home.turn(days=1 / 24)
        ends.append(found.outcome.ended if found.outcome else found.decision.action)
    assert ends == ["WAIT", "KEPT", "WAIT", "REFUSED", "REFUSED"]
    drifts = {alert.incident for alert in home.told.alerts if alert.rule == "drift"}
    assert len(drifts) == 1


def test_few_rows_are_no_proof_of_health(again):
    home = again()
    home.export("2026-04-01.csv", rows=50, seed=3)
    found = home.turn()
    assert found.decision.action == "WAIT"
    assert any(reason.startswith("INSUFFICIENT_DATA: ") for reason in found.decision.reasons)


def test_of_a_lead_that_came_twice_the_later_row_counts(again):
    home = again()
    old = home.exports / "2026-03-01.csv"
    text = old.read_text()
    (home.exports / "2026-04-01.csv").write_text(text)
    assert home.turn().decision.figures["labelled_rows"] == 3_000


def test_leads_without_an_outcome_yet_teach_nothing_and_stop_nothing(again):
    home = again()
    frame = home.export("2026-04-01.csv", rows=600, seed=3)
    frame["Converted"] = frame["Converted"].astype("object")
    frame.loc[:399, "Converted"] = None
    frame.to_csv(home.exports / "2026-04-01.csv", index=False)
    assert home.turn().decision.figures["labelled_rows"] == 3_200
    frame.drop(columns="Converted").to_csv(home.exports / "2026-04-08.csv", index=False)
    found = home.turn(days=7)
    assert found.decision.figures["labelled_rows"] == 3_000  # the later rows count


def test_an_older_file_that_cannot_be_read_is_left_out_and_named(again):
    home = again()
    (home.exports / "2026-03-02.csv").write_bytes(b"\x00\x01 no leads at all")
    home.export("2026-04-01.csv", rows=400, seed=3)
    found = home.turn()
    assert found.decision.figures["labelled_rows"] == 3_400
    assert any("2026-03-02.csv was left out" in reason for reason in found.decision.reasons)


def test_a_newest_file_that_cannot_be_read_fails_the_turn_and_is_tried_again(again):
    home = again()
    (home.exports / "2026-04-01.csv").write_bytes(b"\x00\x01 no leads at all")
    before = len(past(home))
    for _ in range(2):
        with pytest.raises(InputRefused, match=r"^2026-04-01\.csv: NOT_CSV"):
            home.turn()
    assert len(past(home)) == before
    assert home.served() == "1"
    home.export("2026-04-01.csv", rows=400, seed=3)
    assert home.turn().decision.action == "KEEP"


def test_a_broken_record_hides_no_other(again, caplog):
    home = again()
    key = f"{decisions_prefix(CASE.name, CASE.default_moment)}20260401-000000-000000-x.json"
    with home.runtime.lake.scratch() as scratch:
        (scratch / "x").write_text(json.dumps({"action": 1}))
        home.runtime.lake.publish(key, scratch / "x")
    assert len(past(home)) == 1
    assert key in caplog.text


def test_exports_are_read_in_the_order_of_their_names(tmp_path):
    for name in ("2026-02.csv", "2026-01.csv", ".hidden.csv", "_x.csv", "2026-03.csv.part"):
        (tmp_path / name).write_text("x")
    (tmp_path / "folder").mkdir()
    assert [file.name for file in exported_files(tmp_path)] == ["2026-01.csv", "2026-02.csv"]
    assert exported_files(tmp_path / "2026-01.csv") == [tmp_path / "2026-01.csv"]
    with pytest.raises(UsageError, match="holds no export yet"):
        exported_files(tmp_path / "folder")
    with pytest.raises(UsageError, match="there is no file or folder"):
        exported_files(tmp_path / "none")


def test_the_schedule_of_the_use_case_asks_by_itself(again):
    home = again(replace(CASE, retrain=replace(CASE.retrain, every_days=20)))
    home.export("2026-04-01.csv", rows=400, seed=3)
    assert home.turn().decision.reason == "schedule"
