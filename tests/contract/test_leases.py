"""One retrain at a time: the same rules on a home and on AWS."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from lambdas.retraining.lease import Leases as DynamodbLeases
from ml.adapters.sqlite_leases import SqliteLeases
from ml.contract.cloud_settings import RetrainTriggerSettings
from ml.contract.errors import DependencyUnavailable
from ml.contract.messages import RetrainEnded, RetrainWanted
from ml.contract.retraining import Lease, LeaseStanding, Refusal
from ml.contract.watch_policy import RetrainPolicy
from tests.support.lambdas import fake_aws, table

SETTINGS = RetrainTriggerSettings(
    use_case="lead_conversion",
    orchestrator="pipeline",
    target="leadwise-dev-retrain",
    lease_table="leases",
    cooldown_minutes=60,
    lease_minutes=30,
)
POLICY = RetrainPolicy(cooldown_hours=1, lease_minutes=30)
NOW, MINUTE, DAY = 1_800_000_000, 60, 24 * 3600


def by_drift(cause="psi 0.31"):
    return RetrainWanted(use_case="lead_conversion", reason="drift", cause=cause)


def by_hand(cause="Ann"):
    return RetrainWanted(use_case="lead_conversion", reason="manual", cause=cause)


def ended(run, status="Succeeded"):
    return RetrainEnded(use_case="lead_conversion", run=run, status=status)


@pytest.fixture
def home(tmp_path):
    return SqliteLeases(tmp_path / "leases.db", "lead_conversion@engaged", POLICY)


@pytest.fixture(params=["home", "account"])
def leases(request, monkeypatch):
    if request.param == "home":
        yield request.getfixturevalue("home")
        return
    with fake_aws(monkeypatch, SETTINGS.to_env()):
        table("leases")
        yield DynamodbLeases(SETTINGS)


def test_the_first_to_ask_gets_it_and_nobody_else(leases):
    assert leases.take(by_drift(), NOW) == Lease(holder=by_drift().run_key, token=1)
    assert leases.take(by_hand(), NOW) is Refusal.ALREADY_RUNNING
    assert leases.take(by_drift(), NOW) is Refusal.ALREADY_RUNNING


def test_tokens_only_grow(leases):
    tokens = []
    for number in range(3):
        lease = leases.take(by_hand(f"{number}"), NOW + number)
        leases.record(lease, f"run {number}", NOW + number)
        leases.end(ended(f"run {number}"), NOW + number)
        tokens.append(lease.token)
    assert tokens == [1, 2, 3]


def test_a_holder_that_is_dead_loses_it_when_its_time_is_over(leases):
    first = leases.take(by_drift(), NOW)
    leases.record(first, "run 1", NOW)
    assert leases.take(by_hand(), NOW + 30 * MINUTE) is Refusal.ALREADY_RUNNING
    second = leases.take(by_hand(), NOW + 30 * MINUTE + 1)
    assert second.token == first.token + 1
    assert not leases.record(first, "run 1", NOW)
    assert not leases.end(ended("run 1"), NOW)
    assert not leases.give_back(first)
    assert leases.take(by_hand("Bob"), NOW + 31 * MINUTE) is Refusal.ALREADY_RUNNING


def test_machines_wait_for_the_cooldown_and_people_do_not(leases):
    leases.record(leases.take(by_drift(), NOW), "run 1", NOW)
    assert leases.end(ended("run 1", "Failed"), NOW + 1)
    early = NOW + 60 * MINUTE - 1
    assert leases.take(by_drift("psi 0.4"), early) is Refusal.COOLING_DOWN
    assert leases.take(by_drift("psi 0.4"), early + 1).token == 2
    leases.record(Lease(holder=by_drift("psi 0.4").run_key, token=2), "run 2", early + 1)
    leases.end(ended("run 2"), early + 2)
    assert leases.take(by_hand(), early + 3).token == 3


def test_the_same_request_told_twice_starts_one_run(leases):
    leases.record(leases.take(by_drift(), NOW), "run 1", NOW)
    leases.end(ended("run 1"), NOW + 1)
    assert leases.take(by_drift(), NOW + DAY) is Refusal.DUPLICATE


def test_a_start_that_failed_gives_it_back_without_a_cooldown(leases):
    lease = leases.take(by_drift(), NOW)
    assert leases.give_back(lease)
    assert leases.take(by_drift("again"), NOW + 1).token == 2


def test_an_attempt_that_died_before_it_began_may_be_tried_again(leases):
    leases.take(by_drift(), NOW)
    assert leases.take(by_drift(), NOW + 60) is Refusal.ALREADY_RUNNING
    assert leases.take(by_drift(), NOW + 61).token == 2


@pytest.mark.parametrize("skew", [-DAY, DAY])
def test_whatever_one_clock_says_the_older_run_is_not_the_newest(leases, skew):
    first = leases.take(by_drift(), NOW)
    leases.record(first, "run 1", NOW)
    found = leases.take(by_hand(), NOW + skew)
    if skew < 0:
        assert found is Refusal.ALREADY_RUNNING  # it waits; two never run at once
    else:
        assert found.token > first.token
        assert not leases.record(first, "run 1", NOW + skew)


def test_of_eight_that_ask_a_home_at_once_one_gets_it(tmp_path):
    def ask(number):
        mine = SqliteLeases(tmp_path / "leases.db", "lead_conversion@engaged", POLICY)
        return mine.take(by_hand(f"{number}"), NOW)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))
    assert sum(isinstance(each, Lease) for each in found) == 1
    assert found.count(Refusal.ALREADY_RUNNING) == 7


def test_a_home_says_how_its_lease_stands(home):
    assert home.standing(NOW) == LeaseStanding(token=0)
    lease = home.take(by_drift(), NOW)
    home.record(lease, "run 1", NOW)
    held = LeaseStanding(token=1, running=True, started_at=NOW, holder=lease.holder)
    assert home.standing(NOW) == held
    assert not home.standing(NOW + 30 * MINUTE + 1).running
    home.end(ended("run 1"), NOW + 5)
    assert home.standing(NOW + 6) == replace(held, running=False)


def test_models_of_a_home_have_leases_of_their_own(home, tmp_path):
    other = SqliteLeases(tmp_path / "leases.db", "lead_conversion@arrival", POLICY)
    home.take(by_drift(), NOW)
    assert other.take(by_drift(), NOW).token == 1


def test_a_file_that_is_no_database_is_said(tmp_path):
    (tmp_path / "leases.db").write_bytes(b"no database" * 200)
    with pytest.raises(DependencyUnavailable, match=r"leases\.db in this home cannot be used"):
        SqliteLeases(tmp_path / "leases.db", "a@b", POLICY).take(by_drift(), NOW)


def test_what_was_taken_outlives_the_process(home, tmp_path):
    home.take(by_drift(), NOW)
    connection = sqlite3.connect(tmp_path / "leases.db")
    assert connection.execute("SELECT fence FROM leases").fetchall() == [(1,)]
    connection.close()
