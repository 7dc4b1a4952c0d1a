"""The command `loop` as a process: told to end, killed, or given what it cannot read."""

import json
import signal
import time

import pytest

from ml.adapters.local_lake import LocalLake
from ml.adapters.sqlite_leases import SqliteLeases
from ml.cli.looping import pause_of
from ml.contract.errors import UsageError
from ml.contract.watch_policy import RetrainPolicy
from ml.core.sample import write_csv
from ml.steps.decisions import past_decisions
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.command_line import COMMAND, leadwise
from tests.support.processes import prints

QUICK = ("--families", "lightgbm", "--trials", "2")


@pytest.fixture
def exports(tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    with (folder / "2026-03-01.csv").open("wb") as stream:
        write_csv(LEAD_CONVERSION, stream, rows=2_000, seed=1)
    return folder


def command(tmp_path, exports, *words):
    home = ("--home", tmp_path / "home", "--data", exports)
    return ("loop", "lead_conversion", *home, *QUICK, *words)


def standing(tmp_path):
    leases = SqliteLeases(
        tmp_path / "home" / "leases.db", "lead_conversion@engaged", RetrainPolicy()
    )
    return leases.standing(int(time.time()))


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_loop_that_is_told_to_end_in_the_middle_of_a_training_leaves_nothing_half(
    tmp_path, exports, serve, by
):
    words = [*COMMAND, *map(str, command(tmp_path, exports, "--every", "1h"))]
    running = serve(words, ready=prints(r"split\s"), seconds=200)
    running.process.send_signal(by)
    assert running.process.wait(60) == 0, running.output
    assert "the loop has ended; what serves is whole" in running.output
    assert "Traceback" not in running.output
    assert not standing(tmp_path).running
    assert not (tmp_path / "home" / "serving").exists() or not list(
        (tmp_path / "home" / "serving").glob("*/current.json")
    )
    history = leadwise("history", "lead_conversion", "--home", tmp_path / "home", "--json")
    assert json.loads(history.out)["disagreements"] == []


def test_a_turn_that_was_killed_is_closed_by_the_next_and_told_once(tmp_path, exports, serve):
    words = [*COMMAND, *map(str, command(tmp_path, exports, "--once"))]
    running = serve(words, ready=prints(r"split\s"), seconds=200)
    running.process.kill()
    running.process.wait(60)
    assert standing(tmp_path).running  # for two hours, as far as the lease knows
    for _ in range(2):
        found = leadwise(*command(tmp_path, exports, "--once", "--json"))
        assert found.code == 0, found.err
        # As after any retrain that failed, machines wait and people need not.
        assert json.loads(found.out)["decision"]["refusal"] == "COOLING_DOWN"
    assert (standing(tmp_path).running, standing(tmp_path).token) == (False, 1)
    listed = leadwise("alerts", "list", "--home", tmp_path / "home", "--json")
    (incident,) = json.loads(listed.out)["incidents"]
    assert (incident["rule"], incident["state"], incident["count"]) == ("retrain-failed", "open", 1)
    assert "The process ended before the retrain was over. No version serves." in incident["says"]
    (killed,) = past_outcomes(tmp_path)
    assert (killed.ended, killed.token) == ("FAILED", 1)


def past_outcomes(tmp_path):
    past = past_decisions(LocalLake(tmp_path / "home" / "lake"), "lead_conversion", "engaged")
    return [each.outcome for each in past if each.outcome]


def test_a_turn_that_fails_is_said_and_the_next_one_comes(tmp_path, exports, serve):
    (exports / "2026-03-01.csv").write_bytes(b"\x00\x01 no leads at all")
    words = [*COMMAND, *map(str, command(tmp_path, exports, "--every", "1s", "--json"))]
    running = serve(words, ready=prints(r"(?s)turn failed.*turn failed"), seconds=200)
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(60) == 0, running.output
    assert "Traceback" not in running.output


@pytest.mark.parametrize("text", ["", "1", "h", "0h", "1w", "-1h", "1.5h", "1h 2m"])
def test_a_pause_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="expected a number with s, m, h or d"):
        pause_of(text)


def test_names_and_pauses_are_refused_before_any_work(tmp_path, exports):
    refused = leadwise(*command(tmp_path, exports, "--every", "soon"))
    assert (refused.code, "--every is 'soon'" in refused.err) == (2, True)
    unknown = leadwise(*command(tmp_path, exports, "--moment", "later"))
    assert unknown.code == 2
    assert not (tmp_path / "home").exists()
