"""Rollback: what it goes back to, what it refuses, and what serves afterwards (F40)."""

import json
import sqlite3
from functools import partial

import pyarrow.parquet as pq
import pytest

from ml.contract.errors import (
    BrokenLedger,
    DependencyUnavailable,
    StepMissing,
    UnknownName,
    UntrustedPackage,
    UsageError,
)
from ml.contract.ledger import Action
from ml.contract.moments import ARRIVAL
from ml.core.scoring import Scorer
from ml.serving.live_model import LiveModel, Packages
from ml.steps.deploy import deploy
from ml.steps.promote import promote
from ml.steps.rollback import rollback
from ml.steps.split import split
from tests.support.serving_home import MODEL, approved, serving_home
from tests.support.training import VISITS, home_with_visits, packaged, registered, visits


def crown(home, version, champion):
    promote(VISITS, home.runtime, verdict=approved(version, champion), moment=ARRIVAL)
    deploy(VISITS, home.runtime, moment=ARRIVAL)


def go_back(home, to=None, **words):
    return rollback(VISITS, home.runtime, moment=ARRIVAL, to=to, **words)


@pytest.fixture
def home(tmp_path):
    """Version 2 serves, version 1 did before."""
    made = serving_home(tmp_path)
    crown(made, "1", None)
    crown(made, "2", "1")
    return made


def untouched(home):
    """Everything that a refusal has to leave as it is."""
    return (
        dict(home.registry.aliases), home.endpoint.stamp(MODEL), home.ledger.entries(MODEL),
        json.dumps(home.registry.tags, sort_keys=True),
    )  # fmt: skip


def test_it_goes_back_to_the_champion_before_and_says_why(home):
    rows = visits(rows=300, seed=3)
    first = Scorer.load(home.registry.packages["1"], version="1", use_case=VISITS).predict(rows)
    record = go_back(home, reason="complaints")
    assert (record.champion, record.before, record.moved) == ("1", "2", True)
    assert (home.champion, home.previous, home.served) == ("1", "1", "1")
    served = Scorer.of(home.endpoint.current(MODEL), use_case=VISITS)
    assert served.predict(rows).tobytes() == first.tobytes()
    told, deployed = home.ledger.entries(MODEL)[-2:]
    assert (told.action, told.before, told.version) == (Action.ROLLBACK, "2", "1")
    assert (told.why, told.who) == ("complaints", home.runtime.who)
    assert (deployed.action, deployed.before, deployed.version) == (Action.DEPLOY, "2", "1")
    assert home.registry.tags["1"]["state"] == "champion"
    assert home.registry.tags["2"]["state"] == "rolled_back"


def test_a_server_follows_at_its_next_look(home):
    load = partial(Scorer.of, use_case=VISITS)
    server = LiveModel(Packages(endpoint=home.endpoint, load=load), MODEL)
    server.refresh()
    assert server.live.version == "2"
    go_back(home)
    server.refresh()
    assert (server.live.version, server.problem) == ("1", None)


def test_twice_is_once(home):
    go_back(home)
    before = untouched(home)
    again = go_back(home)
    assert not again.moved
    assert again.reason == "version 1 is champion already"
    assert untouched(home) == before


def test_any_registered_version_serves_on_request_and_is_gone_back_from(home):
    assert go_back(home, "3").moved
    assert (home.champion, home.served) == ("3", "3")
    assert go_back(home, "2").before == "3"
    assert home.served == "2"
    before = untouched(home)
    assert not go_back(home, "2").moved
    assert untouched(home) == before


def test_a_promotion_after_a_rollback_can_be_rolled_back_in_its_turn(home):
    go_back(home)
    crown(home, "3", "1")
    assert home.previous == "1"
    assert go_back(home).champion == "1"


def test_with_no_version_before_it_is_refused(tmp_path):
    home = serving_home(tmp_path)
    with pytest.raises(StepMissing, match="'rollback' reads the result of 'promote'"):
        go_back(home)
    crown(home, "1", None)
    before = untouched(home)
    with pytest.raises(UsageError, match="version 1 is the first champion .* such as 1"):
        go_back(home)
    assert untouched(home) == before


def test_an_unknown_version_is_refused_with_those_that_there_are(home):
    before = untouched(home)
    with pytest.raises(UnknownName, match=r"unknown version of .* '77'; there is: 1, 2"):
        go_back(home, "77")
    assert untouched(home) == before


@pytest.mark.parametrize("broken", ["golden.json", "manifest.json", "reference.json"])
def test_a_package_that_was_changed_is_refused_before_anything_moves(home, broken):
    content = home.registry.packages["1"][broken]
    whole = home.registry.packages["1"]
    # The tag was set when the version was registered, and stays.
    home.registry.tags["1"]["package_sha256"] = home.registry.get(MODEL, "1").tags["package_sha256"]
    home.registry.packages["1"] = {**whole, broken: content[:-2] + b" }"}
    before = untouched(home)
    with pytest.raises(UntrustedPackage):
        go_back(home)
    assert untouched(home) == before
    assert Scorer.of(home.endpoint.current(MODEL), use_case=VISITS).version == "2"


@pytest.mark.parametrize("call", ["aliased", "get", "package"])
def test_a_registry_that_is_away_moves_nothing(home, monkeypatch, call):
    def away(*_):
        raise DependencyUnavailable("MLflow at http://mlflow is not available")

    before = untouched(home)
    with monkeypatch.context() as patch:
        patch.setattr(type(home.registry), call, away)
        with pytest.raises(DependencyUnavailable):
            go_back(home)
        with pytest.raises(DependencyUnavailable):
            crown(home, "3", "2")
    assert untouched(home) == before


def test_a_ledger_that_was_changed_stops_promotions_and_no_rollback(home):
    connection = sqlite3.connect(home.folder / "ledger.db")
    connection.executescript(
        "DROP TRIGGER entries_are_never_changed; UPDATE entries SET who = '' WHERE number = 1;"
    )
    connection.close()
    before = untouched(home)
    with pytest.raises(BrokenLedger, match=r"entry 1 \(promote of version 1\) is not what was"):
        crown(home, "3", "2")
    with pytest.raises(BrokenLedger):
        deploy(VISITS, home.runtime, moment=ARRIVAL)
    assert untouched(home) == before
    home.told.alerts.clear()
    assert go_back(home).champion == home.served == "1"
    assert {alert.severity for alert in home.told.alerts} == {"critical"}


def test_what_serves_is_mended_where_its_files_were_changed(home):
    (file,) = (home.folder / "serving" / MODEL / "2").glob("golden.json")
    file.write_bytes(b"{}")
    assert go_back(home, "2").moved
    assert Scorer.of(home.endpoint.current(MODEL), use_case=VISITS).version == "2"


def test_mlflow_shows_alias_and_state_of_every_version(tmp_path, monkeypatch):
    monkeypatch.setattr("ml.steps.evaluate.judging_plots", lambda *_, **__: {})
    home = home_with_visits(tmp_path)
    for number, champion in (("1", None), ("2", "1")):
        registered(home, packaged(visits(seed=8)))
        promote(VISITS, home.runtime, verdict=approved(number, champion), moment=ARRIVAL)
        deploy(VISITS, home.runtime, moment=ARRIVAL)
    go_back(home)
    states = [home.runtime.registry.get(MODEL, version).tags["state"] for version in "12"]
    assert states == ["champion", "rolled_back"]
    parts = split(VISITS, home.runtime, snapshot=home.snapshot)
    rows = pq.read_table(home.runtime.lake.fetch(parts.test))
    served = Scorer.of(home.runtime.endpoint.current(MODEL), use_case=VISITS)
    assert (served.version, len(served.predict(rows))) == ("1", rows.num_rows)
