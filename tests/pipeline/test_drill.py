"""The drill, and the commands that it drills."""

import json
import shutil
import sqlite3
import time
from datetime import UTC, datetime

import httpx
import pytest
from rich.console import Console

from ml.bootstrap import accounts_of, laptop
from ml.contract.access import Account, AccountKind, Role
from ml.contract.errors import UntrustedPackage
from ml.contract.names import Step
from ml.contract.records import SnapshotRecord, SplitRecord
from ml.contract.settings import LaptopSettings
from ml.drill import ROLL_BACK, Drill
from ml.pipeline import Pipeline
from ml.serving.access.secret_hashes import password_hash, token_digest
from tests.pipeline.conftest import QUICK
from tests.support.asking import Asking
from tests.support.command_line import COMMAND, leadwise
from tests.support.processes import answers

HTML = {"accept": "text/html"}
PASSWORD = "four words of mine"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home on which the command has drilled, and what it said."""
    folder = tmp_path_factory.mktemp("drill") / "home"
    done = leadwise("drill", "lead_conversion", "--home", folder, "--json")
    assert done.code == 0, done.err
    return folder, json.loads(done.out)


def test_every_phase_comes_to_what_it_should(home):
    _, said = home
    assert said["passed"]
    assert [phase["name"] for phase in said["phases"]] == [
        "learn and serve a champion", "learn from shuffled outcomes", "the gates refuse that",
        "force it past them", "catch it on recent leads", ROLL_BACK, "read the story",
    ]  # fmt: skip
    assert all(phase["passed"] for phase in said["phases"])
    assert said["rollback_seconds"] > 0


def test_history_tells_it_version_by_version(home):
    folder, _ = home
    words = ("lead_conversion", "--home", folder / "home")
    said = json.loads(leadwise("history", *words, "--json").out)
    assert (said["champion"], said["previous"], said["serves"]) == ("1", "1", "1")
    assert said["disagreements"] == []
    assert said["chain"] == {
        "intact": True, "entries": len(said["entries"]), "head": said["entries"][-1]["hash"],
        "faults": [],
    }  # fmt: skip
    good, bad = said["versions"]
    assert (good["state"], bad["state"]) == ("champion", "rolled_back")
    assert [entry["action"] for entry in bad["story"]] == [
        "train", "gate", "promote", "deploy", "gate",
    ]  # fmt: skip
    assert bad["story"][1]["why"].startswith("rejected: ")
    assert bad["story"][2]["why"].startswith("forced: drill")
    assert all("@" in entry["who"] for entry in said["entries"])
    shown = leadwise("history", *words).out
    assert "version 2: rolled_back" in shown
    assert "none changed since" in shown


def test_rollback_and_promote_say_no_in_one_line(home):
    folder, _ = home
    words = ("lead_conversion", "--home", folder / "home")
    again = leadwise("rollback", *words, "--json")
    assert again.code == 0
    assert not json.loads(again.out)["record"]["moved"]
    unknown = leadwise("rollback", *words, "--to", "9")
    assert (unknown.code, "there is: 1, 2" in unknown.err) == (2, True)
    silent = leadwise("promote", *words, "--force")
    assert (silent.code, silent.err.strip()) == (
        2, "error: --force overrules the gates: say why with --reason",
    )  # fmt: skip
    used = leadwise("drill", "lead_conversion", "--home", folder)
    assert (used.code, "is not empty" in used.err) == (2, True)


def test_a_broken_chain_is_exit_code_3_with_the_entry_named(home, tmp_path):

    folder, _ = home
    shutil.copytree(folder / "home", tmp_path / "home")
    connection = sqlite3.connect(tmp_path / "home" / "ledger.db")
    connection.executescript(
        "DROP TRIGGER entries_are_never_changed;"
        "UPDATE entries SET who = 'nobody' WHERE action = 'promote' AND number > 3;"
    )
    connection.close()
    told = leadwise("history", "lead_conversion", "--home", tmp_path / "home", "--json")
    assert told.code == 3
    (fault,) = json.loads(told.out)["chain"]["faults"]
    assert "(promote of version 2) is not what was written" in fault
    assert fault in told.err
    assert "Traceback" not in told.err
    doctor = leadwise("doctor", "--home", tmp_path / "home", "--json")
    assert doctor.code == 4
    assert fault in doctor.out


def test_an_operator_promotes_and_goes_back_by_page_under_load_without_a_failed_or_mixed_request(
    home, tmp_path, free_port, serve
):
    folder = shutil.copytree(home[0] / "home", tmp_path / "home")
    challenge(folder)
    known_to(folder)
    url = f"http://127.0.0.1:{free_port}"
    command = [
        *COMMAND, "serve", "lead_conversion", "--home", folder, "--port", free_port,
        "--workers", "2", "--rate", "0",
    ]  # fmt: skip
    running = serve(command, ready=answers(f"{url}/health/live"), seconds=120)
    with (
        httpx.Client(
            base_url=url, headers=HTML | {"origin": url}, trust_env=False, timeout=60
        ) as page,
        Asking(url, 2, key="rep") as asking,
    ):
        page.post("/sign-in", data={"name": "olga", "password": PASSWORD})
        for asked, form, serves in (
            ("/models/promote", {"version": "3"}, "3"),
            ("/models/rollback?to=2", {"to": "2", "champion": "3", "reason": "to see it"}, "2"),
        ):
            assert page.get(asked).status_code == 200
            assert page.post(asked, data=form).headers["location"] == "/models?changed=1"
            served_by(asking, serves)
        refused = page.post("/models/promote", data={"version": "3"})
        assert refused.status_code == 409, refused.text + running.output
        assert "Nothing was changed." in refused.text
        rep = {"Authorization": "Bearer rep"}
        program = httpx.post(f"{url}/models/promote", headers=rep, trust_env=False)
        assert program.status_code == 403
    assert len(set(asking.seen)) == 2, "each version has one score for one lead"
    told = json.loads(leadwise("history", "lead_conversion", "--home", folder, "--json").out)
    last = [(one["action"], one["to"], one["who"]) for one in told["entries"][-4:]]
    assert last == [
        ("promote", "3", "olga"), ("deploy", "3", "olga"), ("rollback", "2", "olga"),
        ("deploy", "2", "olga"),
    ]  # fmt: skip
    assert told["disagreements"] == []


def challenge(folder):
    """Let the bad version serve, and have a third one judged beside it."""
    with laptop(LaptopSettings(home=str(folder)), Console(quiet=True)) as runtime:
        pipeline = Pipeline(QUICK, runtime, QUICK.default_moment)
        pipeline.rollback("2")
        parts = pipeline.latest(Step.SPLIT, SplitRecord, asked_by=Step.TRAIN)
        frozen = pipeline.latest(Step.SNAPSHOT, SnapshotRecord, asked_by=Step.TRAIN)
        verdict = pipeline.evaluate(pipeline.train(parts, frozen), parts)
    assert (verdict.version, verdict.champion, verdict.approved) == ("3", "2", True)


def known_to(folder):
    """An operator who signs in, and a program that may only score."""
    accounts, since = accounts_of(folder), datetime.now(UTC)
    for name, kind, role, secret in (
        ("olga", AccountKind.USER, Role.OPERATOR, password_hash(PASSWORD)),
        ("crm", AccountKind.KEY, Role.REP, token_digest("rep")),
    ):
        accounts.add(Account(name=name, kind=kind, role=role, secret=secret, since=since))


def served_by(asking, version, answers=40):
    """Wait until a version gives every answer for a while."""
    for _ in range(600):
        newest = asking.seen[-answers:]
        if {each for each, _ in newest} == {version}:
            return
        time.sleep(0.05)
    raise AssertionError(f"version {version} never served alone")


def test_a_drill_ends_at_the_first_phase_that_is_not_as_it_should_be(tmp_path, monkeypatch):
    def lost():
        raise UntrustedPackage("golden rows differ")

    phases = [("one", lambda: (True, "fine")), (ROLL_BACK, lost), ("three", lambda: (True, ""))]
    monkeypatch.setattr(Drill, "_phases", lambda _: iter(phases))
    pipeline = Pipeline(QUICK, None, QUICK.default_moment)
    result = Drill(pipeline, tmp_path, rows=2_000).run()
    assert not result.passed
    assert [(phase.name, phase.passed, phase.seen) for phase in result.phases] == [
        ("one", True, "fine"), (ROLL_BACK, False, "golden rows differ"),
    ]  # fmt: skip
