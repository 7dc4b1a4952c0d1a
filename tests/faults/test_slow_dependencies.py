"""F7, F38: what is slow keeps nobody waiting but itself; a model that is slow never serves."""

import re
import threading
from dataclasses import replace
from types import SimpleNamespace

import httpx
import pytest

from ml.contract.gates import Gate
from ml.contract.moments import ARRIVAL
from ml.contract.names import Alias, Trait
from ml.serving.live_model import Packages
from ml.steps import traits
from ml.steps.evaluate import evaluate
from ml.steps.promote import promote
from tests.support import web
from tests.support.training import VISITS, home_with_visits, packaged, registered, visits

MODEL = VISITS.model_name(ARRIVAL)
#: Receipts that may wait, and requests that are sent meanwhile.
WAITING, ASKED = 20, 100
LIMIT_MS = 10.0


class Slow:
    """An adapter one of whose methods answers when the test lets it."""

    def __init__(self, adapter, method, answers):
        self._adapter, self._method, self._answers = adapter, method, answers
        self.asked = threading.Event()

    def __getattr__(self, name):
        method = getattr(self._adapter, name)
        return self._wait(method) if name == self._method else method

    def _wait(self, method):
        def waited(*args, **words):
            self.asked.set()
            self._answers.wait()
            return method(*args, **words)

        return waited


@pytest.fixture
def answers():
    """What store and registry wait for; they never outlive the test."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def slow(tmp_path, monkeypatch, answers):
    """The home of a server whose registry and store of receipts do not come to an end."""
    web.deploy(tmp_path, "1")
    usual, stores = web.packages(tmp_path), web.stores(tmp_path)
    first_look_is_quick = threading.Event()
    first_look_is_quick.set()
    endpoint = Slow(usual.endpoint, "stamp", first_look_is_quick)
    receipts = Slow(stores.receipts, "add", answers)
    packages = Packages(endpoint=endpoint, load=usual.load, last_good=usual.last_good)
    monkeypatch.setattr(web, "packages", lambda _: packages)
    monkeypatch.setattr(web, "stores", lambda _: replace(stores, receipts=receipts))
    slow = SimpleNamespace(home=tmp_path, endpoint=endpoint, receipts=receipts, kept=stores)
    slow.hold_registry = lambda: setattr(endpoint, "_answers", answers)
    return slow


def test_scores_wait_for_no_slow_store_or_registry_and_every_receipt_is_accounted_for(
    slow, answers
):
    with (
        web.server(slow.home, receipts_waiting=WAITING) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=20) as client,
    ):
        slow.hold_registry()
        told = [client.post("/v1/score", json={"prospect_id": f"a-{n}"}) for n in range(ASKED)]
        assert slow.receipts.asked.wait(20)
        assert {answer.status_code for answer in told} == {200}
        promised = [id for id in (answer.json()["receipt_id"] for answer in told) if id]
        # One batch is on its way, and the buffer is full behind it.
        assert WAITING <= len(promised) <= 2 * WAITING
        dropped = f'leadwise_receipts_total{{outcome="dropped"}} {ASKED - len(promised)}.0'
        assert dropped in client.get("/metrics").text
        answers.set()
    assert all(slow.kept.receipts.find(id) for id in promised), "a promised receipt is lost"


class Clock:
    """The processor's time of this thread, as slow as a model makes it."""

    now = 0

    def thread_time_ns(self):
        return self.now


def test_f7_a_model_that_takes_ten_times_as_long_is_not_promoted(tmp_path, monkeypatch):
    monkeypatch.setattr("ml.steps.evaluate.judging_plots", lambda *_, **__: {})  # shown elsewhere
    clock = Clock()
    monkeypatch.setattr(traits, "time", clock)
    home = home_with_visits(tmp_path)
    case = replace(VISITS, gates=((ARRIVAL, Gate(score=Trait.LATENCY_MS, at_most=LIMIT_MS)),))
    scoring = traits.Scorer.score_record

    def slowly(scorer, lead, **words):
        clock.now += round(10 * LIMIT_MS * 1e6)
        return scoring(scorer, lead, **words)

    monkeypatch.setattr(traits.Scorer, "score_record", slowly)
    record = registered(home, packaged(visits(seed=8)))
    verdict = evaluate(case, home.runtime, train=record, split=home.parts, moment=ARRIVAL)
    assert not verdict.approved
    assert re.search(r"the .*time.* is 100", verdict.reason)
    assert not promote(case, home.runtime, verdict=verdict, moment=ARRIVAL).promoted
    assert home.runtime.registry.aliased(MODEL, Alias.CHAMPION) is None
