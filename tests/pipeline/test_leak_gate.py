"""A model that reads a leak does not become champion, unless somebody said why it may."""

from dataclasses import replace

import pytest

from ml.contract.gates import Gate
from ml.contract.known_leaks import KnownLeak
from ml.contract.moments import ARRIVAL
from ml.contract.names import Alias, Trait
from ml.steps.evaluate import evaluate
from ml.steps.promote import promote
from tests.support.leak_cases import declared
from tests.support.training import VISITS, home_with_visits, packaged, registered, visits

LEAKING = declared(VISITS, ("answer",))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return home_with_visits(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def record(home):
    return registered(home, packaged(visits(), use_case=LEAKING))


def judged(home, record, case):
    return evaluate(case, home.runtime, train=record, split=home.parts, moment=ARRIVAL)


def test_a_leak_blocks_promotion_with_its_name_and_figure(home, record):
    verdict = judged(home, record, LEAKING)
    assert not verdict.approved
    (leaks,) = (gate for gate in verdict.gates if gate.gate.startswith(Trait.LEAKS))
    assert (leaks.figure, leaks.passed) == (1, False)
    assert verdict.reason == leaks.reason
    assert "outcome away is 1, and 0 is asked for: answer (alone AUC 0.9" in verdict.reason
    kept = promote(LEAKING, home.runtime, verdict=verdict, moment=ARRIVAL)
    assert not kept.promoted
    assert home.runtime.registry.aliased(verdict.model, Alias.CHAMPION) is None


def test_only_training_rows_are_looked_at(home, record, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "ml.steps.traits.leaks_among", lambda case, rows, moment: seen.append(rows) or (0, "")
    )
    judged(home, record, LEAKING)
    assert [rows.num_rows for rows in seen] == [home.parts.rows["train"]]


def test_an_acknowledged_leak_lets_the_model_pass(home, record):
    known = KnownLeak(column="answer", reason="The form asks for it since May.")
    verdict = judged(home, record, replace(LEAKING, known_leaks=(known,)))
    assert verdict.approved, verdict.reason


def test_every_moment_has_the_gate_and_a_use_case_may_declare_it_anew():
    assert VISITS.gates_for(ARRIVAL)[-1] == Gate(score=Trait.LEAKS, at_most=0)
    lenient = Gate(score=Trait.LEAKS, at_most=2)
    assert replace(VISITS, gates=((ARRIVAL, lenient),)).gates_for(ARRIVAL) == (lenient,)
