"""F3: a registry that is away: nothing half-registered, the champion untouched, nothing lost."""

from dataclasses import replace

import pytest

from ml.contract.errors import DependencyUnavailable
from ml.contract.moments import ARRIVAL
from ml.contract.names import Alias
from ml.steps.deploy import deploy
from ml.steps.evaluate import evaluate
from ml.steps.promote import promote
from ml.steps.train import train
from tests.support.cut_line import Line, lay
from tests.support.training import LINEAR, VISITS, home_with_visits

MODEL = VISITS.model_name(ARRIVAL)
QUICK = replace(VISITS, candidates=(LINEAR,))


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with a champion."""
    for step in ("train", "evaluate"):
        monkeypatch.setattr(f"ml.steps.{step}.judging_plots", lambda *_, **__: {})
    home = home_with_visits(tmp_path)
    verdict = evaluate(QUICK, home.runtime, train=trained(home), split=home.parts, moment=ARRIVAL)
    promote(QUICK, home.runtime, verdict=verdict, moment=ARRIVAL)
    return home


@pytest.fixture
def line(home, monkeypatch):  # noqa: ARG001 - made before the line can be cut
    return lay(Line(), monkeypatch)


def trained(home):
    return train(
        QUICK, home.runtime, split=home.parts, snapshot=home.snapshot, moment=ARRIVAL, threads=1
    )


def standing(home):
    """Who is what, and how many versions there are."""
    registry = home.runtime.registry
    aliased = [registry.aliased(MODEL, alias) for alias in (Alias.CHAMPION, Alias.CHALLENGER)]
    versions = [n for n in range(1, 9) if registry.get(MODEL, str(n))]
    return [found.version if found else None for found in aliased], versions


def test_all_through_a_training_the_registry_is_away(home, line):
    before = standing(home)
    line.cut = True
    with pytest.raises(DependencyUnavailable, match="is not available"):
        trained(home)
    assert home.runtime.tracker.waiting() == 2
    line.mend()
    assert standing(home) == before
    again = trained(home)
    assert again.degraded == ""
    assert home.runtime.tracker.waiting() == 0
    assert standing(home) == (["1", again.version], [1, 2])


def test_it_is_away_for_the_runs_and_back_to_register(home, line, monkeypatch):
    settle = home.runtime.tracker.settle
    line.cut = True

    def back():
        line.mend()
        settle()

    monkeypatch.setattr(home.runtime.tracker, "settle", back)
    record = trained(home)
    assert record.degraded == ""
    with home.runtime.tracker.connection.client() as client:
        run = client.get_run(record.run_id)
    assert run.info.status == "FINISHED"
    assert "validation_roc_auc" in run.data.metrics
    assert standing(home) == (["1", "2"], [1, 2])


@pytest.mark.parametrize("call", ["log_artifacts", "create_logged_model", "create_model_version"])
def test_it_goes_away_while_it_registers(home, line, monkeypatch, call):
    """Whatever was stored before, no version is there and no alias points to it."""
    before = standing(home)
    with monkeypatch.context() as patch:
        cut_where(patch, lambda line, name: line.cut or name == call)
        with pytest.raises(DependencyUnavailable):
            trained(home)
    line.mend()
    assert standing(home) == before
    home.runtime.tracker.settle()
    assert trained(home).version == "2"


def cut_where(patch, cut):
    """Let the name of a call decide whether the line is cut from it on."""
    through = Line.through

    def cutting(line, name, act, /, *args, **named):
        line.cut = cut(line, name)
        return through(line, name, act, *args, **named)

    patch.setattr(Line, "through", cutting)


def registered(line):
    return "create_model_version" in line.calls


def test_the_last_word_of_a_training_may_wait(home, line, monkeypatch):
    """Registered is registered: what is left to tell waits, and the record says so."""
    with monkeypatch.context() as patch:
        cut_where(patch, lambda line, name: registered(line) and name == "set_terminated")
        record = trained(home)
    assert record.version == "2"
    assert record.degraded.startswith("the tracker is away")
    assert home.told.alerts[-1].rule == "figures-wait"
    line.mend()
    home.runtime.tracker.settle()
    with home.runtime.tracker.connection.client() as client:
        assert client.get_run(record.run_id).info.status == "FINISHED"


def test_it_is_away_when_a_challenger_is_judged(home, line):
    record = trained(home)
    line.cut = True
    with pytest.raises(DependencyUnavailable, match="is not available"):
        evaluate(QUICK, home.runtime, train=record, split=home.parts, moment=ARRIVAL)
    line.mend()
    assert standing(home) == (["1", "2"], [1, 2])


def test_a_champion_that_was_deleted_from_the_registry_keeps_serving(home):
    """F5: what is in force stays, and the refusal names version and model."""
    deploy(QUICK, home.runtime, moment=ARRIVAL)
    with home.runtime.tracker.connection.client() as client:
        client.delete_model_version(MODEL, "1")
    with pytest.raises(DependencyUnavailable, match=f"holds no version 1 of {MODEL}"):
        deploy(QUICK, home.runtime, moment=ARRIVAL)
    assert home.runtime.endpoint.current(MODEL).version == "1"
