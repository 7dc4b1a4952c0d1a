"""F18 to F20: a command that dies, or an adapter that fails, at any call; then the next command."""

import contextlib
import itertools
from collections import Counter
from dataclasses import replace

import pytest

from ml.contract.errors import DeploymentFailed, LeadwiseError, StaleEndpoint
from ml.contract.ledger import Action, chain_faults
from ml.contract.moments import ARRIVAL
from ml.contract.standing import champion_of, deployed_of, states_of
from ml.core.scoring import Scorer
from ml.steps.deploy import deploy
from ml.steps.promote import promote
from ml.steps.reconcile import standing
from ml.steps.rollback import rollback
from tests.support.serving_home import (
    MODEL,
    Crash,
    Failing,
    approved,
    serving_home,
)
from tests.support.training import VISITS


def crown(runtime, version="2", champion="1"):
    record = promote(VISITS, runtime, verdict=approved(version, champion), moment=ARRIVAL)
    deploy(VISITS, runtime, moment=ARRIVAL)
    return record


def go_back(runtime):
    return rollback(VISITS, runtime, moment=ARRIVAL, reason="complaints")


def just_deploy(runtime):
    return deploy(VISITS, runtime, moment=ARRIVAL)


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """Homes in which an operation has something to do, to be copied."""
    folders = {operation: tmp_path_factory.mktemp("home") for operation in (crown, go_back)}
    homes = {operation: serving_home(folder) for operation, folder in folders.items()}
    for home in homes.values():
        crown(home.runtime, "1", None)
    crown(homes[go_back].runtime)
    return homes


@pytest.fixture
def home_of(ready, tmp_path):
    """A home of its own for an operation."""
    numbers = itertools.count()

    def copied(operation):
        return ready[operation].copy(tmp_path / str(next(numbers)))

    return copied


#: What each comes to.
END = {
    crown: {"champion": "2", "previous": "1", "states": ["retired", "champion"]},
    go_back: {"champion": "1", "previous": "1", "states": ["champion", "rolled_back"]},
}


def every_call(home, operation):
    """How many calls an undisturbed operation makes."""
    counting = Failing(Crash, 10_000, after=False)
    operation(counting.wrap(home.runtime))
    return len(counting.calls)


def check_always(home):
    """What has to be so at every moment."""
    assert home.champion in {"1", "2"}
    Scorer.of(home.endpoint.current(MODEL), use_case=VISITS)
    assert home.served in {"1", "2"}
    assert list(chain_faults(home.ledger.entries(MODEL))) == []


def check_end(home, champion, previous, states):
    assert (home.champion, home.served, home.previous) == (champion, champion, previous)
    entries = home.ledger.entries(MODEL)
    assert champion_of(entries) == deployed_of(entries) == champion
    assert [state.value for state in states_of(entries).values()] == states
    assert [home.registry.tags[version]["state"] for version in "12"] == states
    done = Counter((entry.action, entry.version) for entry in entries)
    assert done[Action.PROMOTE, "2"] == 1
    assert done[Action.ROLLBACK, "1"] == (states[1] == "rolled_back")


@pytest.mark.parametrize("operation", [crown, go_back])
@pytest.mark.parametrize("then", ["again", "deploy"])
def test_a_command_that_dies_at_any_call_is_finished_by_the_next(home_of, operation, then):
    total = every_call(home_of(operation), operation)
    assert total > 15
    # To die after a call is to die before the next one; after the last there is none.
    for at, after in [*((at, False) for at in range(1, total + 1)), (total, True)]:
        home, end = home_of(operation), END[operation]
        failing = Failing(Crash, at, after=after)
        with pytest.raises(Crash):
            operation(failing.wrap(home.runtime))
        check_always(home)
        seen = standing(home.runtime, MODEL)
        home.told.alerts.clear()
        (operation if then == "again" else just_deploy)(home.runtime)
        said = " ".join(alert.says for alert in home.told.alerts)
        assert [each for each in seen.crossed if each not in said] == [], (at, after)
        if then == "again" or champion_of(seen.entries) == end["champion"]:
            check_end(home, **end)
        assert home.champion == home.served == champion_of(home.ledger.entries(MODEL))
        home.told.alerts.clear()
        operation(home.runtime)
        check_end(home, **end)
        assert home.told.alerts == []


@pytest.mark.parametrize("operation", [crown, go_back])
def test_an_adapter_that_fails_at_any_call_leaves_one_champion_that_serves(home_of, operation):
    total = every_call(home_of(operation), operation)
    for at, after in itertools.product(range(1, total + 1), (False, True)):
        home, end = home_of(operation), END[operation]
        failing = Failing(lambda: OSError("disk full"), at, after=after)
        with contextlib.suppress(LeadwiseError, OSError):
            operation(failing.wrap(home.runtime))
        check_always(home)
        operation(home.runtime)
        just_deploy(home.runtime)
        assert home.champion == home.served == champion_of(home.ledger.entries(MODEL))
        if operation is go_back:
            check_end(home, **end)


def failing_once(monkeypatch, home, version):
    """An endpoint that puts a version in force and says that it could not."""
    put = type(home.endpoint).deploy

    def deployed(endpoint, deployment, **words):
        put(endpoint, deployment, **words)
        if deployment.version == version:
            raise OSError("container never became healthy")

    monkeypatch.setattr(type(home.endpoint), "deploy", deployed)


def test_a_champion_that_cannot_be_put_in_force_is_rolled_back_and_not_tried_again(
    home_of, monkeypatch
):
    home = home_of(crown)
    failing_once(monkeypatch, home, "2")
    with pytest.raises(DeploymentFailed, match=r"never became healthy.*version 1 serves on and is"):
        crown(home.runtime)
    assert (home.champion, home.served) == ("1", "1")
    (alert,) = home.told.alerts
    assert (alert.severity, "Version 2" in alert.says) == ("critical", True)
    entry = home.ledger.entries(MODEL)[-1]
    assert (entry.action, entry.before, entry.version) == (Action.ROLLBACK, "2", "1")
    assert "never became healthy" in entry.why
    record = crown(home.runtime)
    assert not record.promoted
    assert "was rolled back" in record.reason


def test_a_package_that_is_damaged_on_its_way_into_service_is_taken_out_again(home_of, monkeypatch):
    home = home_of(crown)
    put = type(home.endpoint).deploy

    def damaged(endpoint, deployment, **words):
        files = dict(deployment.files)
        if deployment.version == "2":
            files["golden.json"] = files["golden.json"].replace(b"1", b"2")
        put(endpoint, replace(deployment, files=files), **words)

    monkeypatch.setattr(type(home.endpoint), "deploy", damaged)
    with pytest.raises(DeploymentFailed, match=r"not what was put there.*version 1 serves on and"):
        crown(home.runtime)
    check_always(home)
    assert (home.champion, home.served) == ("1", "1")


def test_a_slow_deployment_does_not_replace_a_champion_that_came_meanwhile(home_of, monkeypatch):
    home = home_of(crown)
    promote(VISITS, home.runtime, verdict=approved("2", "1"), moment=ARRIVAL)
    fetch = type(home.registry).package

    def overtaken(registry, version):
        monkeypatch.undo()
        crown(home.runtime, "3", "2")
        return fetch(registry, version)

    monkeypatch.setattr(type(home.registry), "package", overtaken)
    with pytest.raises(StaleEndpoint, match="came into force while version 2 was being deployed"):
        just_deploy(home.runtime)
    assert (home.champion, home.served) == ("3", "3")


def test_a_rollback_that_cannot_be_put_in_force_says_what_serves_and_can_be_repeated(
    home_of, monkeypatch
):
    home, end = home_of(go_back), END[go_back]
    with monkeypatch.context() as patch:
        failing_once(patch, home, "1")
        with pytest.raises(DeploymentFailed, match="version 2 serves on: mend that and repeat"):
            go_back(home.runtime)
    assert home.served == "2"
    go_back(home.runtime)
    check_end(home, **end)


def test_an_alias_that_was_moved_by_hand_is_told_and_set_back(home_of):
    home = home_of(crown)
    home.registry.aliases["champion"] = "3"
    just_deploy(home.runtime)
    (alert,) = home.told.alerts
    assert "version 1 by the ledger and version 3 in the registry" in alert.says
    assert (home.champion, home.served) == ("1", "1")


def test_a_champion_from_before_the_ledger_is_taken_over(tmp_path):
    home = serving_home(tmp_path)
    home.registry.aliases["champion"] = "1"
    crown(home.runtime)
    entries = home.ledger.entries(MODEL)
    assert [(entry.action, entry.version) for entry in entries] == [
        (Action.PROMOTE, "1"), (Action.PROMOTE, "2"), (Action.DEPLOY, "2"),
    ]  # fmt: skip
    assert "the ledger begins with it" in entries[0].why
    go_back(home.runtime)
    assert home.served == "1"
