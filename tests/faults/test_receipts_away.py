"""F38, F1: scoring goes on while the store of receipts is away, and what it owes is paid later."""

import asyncio
import threading
import time
from collections import Counter
from contextlib import asynccontextmanager

import pytest

from ml.contract.errors import DependencyUnavailable
from ml.contract.requests.lead_requests import Lead
from ml.contract.settings import ServeSettings
from ml.serving import capture as capturing
from ml.serving.capture import DROPPED, WRITTEN, Capture, Held
from ml.serving.live_model import LiveScorer
from ml.serving.receipt_maker import GivenScore, ReceiptMaker
from tests.support.rule_scorer import MOMENT, USE_CASE

MAKER = ReceiptMaker(USE_CASE, MOMENT)
LIVE = LiveScorer(scorer=None, version="1", sha256="ab")  # type: ignore[arg-type]
GIVEN = GivenScore("lead-1", 0.3, 30, "Cold")


@pytest.fixture
def told():
    """How many receipts were written and dropped."""
    return Counter()


def capture_of(store, told, most=10_000):
    return Capture(
        store, MAKER, most=most, told=lambda outcome, count: told.update({outcome: count})
    )


class Store:
    """Keeps receipts in memory, when it is there at all."""

    def __init__(self):
        self.kept, self.away, self.asked = {}, False, 0

    def add(self, receipts):
        self.asked += 1
        if self.away:
            raise DependencyUnavailable("the store is away")
        for receipt in receipts:
            self.kept.setdefault(receipt.id, receipt)


def lead(number):
    cells = {"prospect_id": f"lead-{number}", "total_visits": number, "Tags": "late"}
    return Lead(path=(), cells=cells, keys={"prospect_id": "prospect_id", "tags": "Tags"})


def fill(capture, count):
    return [
        capture.record(LIVE, lead(number), GIVEN._replace(lead=f"lead-{number}"))
        for number in range(count)
    ]


def until(holds, seconds=30):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(capturing, "_RETRY_SECONDS", 0.02)
    monkeypatch.setattr(capturing, "_FLUSH_SECONDS", 0.2)


def running(capture, block):
    """Run a block beside the writer, as a server runs its requests."""

    @asynccontextmanager
    async def both():
        async with capture.running():
            yield

    async def work():
        async with both():
            await asyncio.to_thread(block)

    asyncio.run(work())


def test_all_that_was_taken_is_written_before_the_process_ends(told):
    store = Store()
    capture, given = capture_of(store, told, 10_000), []
    running(capture, lambda: given.extend(fill(capture, 1_234)))
    assert list(store.kept) == given
    assert (told, capture.waiting) == ({WRITTEN: 1_234}, 0)


@pytest.mark.usefixtures("quick")
def test_what_waited_while_the_store_was_away_is_written_in_its_order(caplog, told):
    store = Store()
    store.away = True
    capture, given = capture_of(store, told, 10_000), []

    def block():
        for _ in range(3):
            given.extend(fill(capture, 500))
            until(lambda before=store.asked: store.asked > before)
        assert store.kept == {}
        assert capture.waiting == 1_500
        store.away = False
        until(lambda: not capture.waiting)

    running(capture, block)
    assert list(store.kept) == given
    assert told == {WRITTEN: 1_500}
    said = [record for record in caplog.records if "store is away" in record.message]
    assert len(said) == 1, "said once, not at every try"


@pytest.mark.usefixtures("quick")
def test_a_full_buffer_drops_the_newest_counts_them_and_promises_no_receipt(told):
    store = Store()
    store.away = True
    capture, given = capture_of(store, told, 50), []

    def block():
        given.extend(fill(capture, 50 + capturing._AT_ONCE + 25))
        until(lambda: store.asked > 1)

    running(capture, block)
    lost = [receipt_id for receipt_id in given if receipt_id is None]
    assert len(lost) > 0
    assert told == {DROPPED: len(given)}, "refused at once, or lost at the end"


@pytest.mark.usefixtures("quick")
def test_what_a_store_never_took_is_told_at_the_end(caplog, told):
    store = Store()
    store.away = True
    capture = capture_of(store, told, 50)
    running(capture, lambda: fill(capture, 7))
    assert "7 receipts are lost" in caplog.text
    assert told == {DROPPED: 7}


def test_a_lead_of_which_no_receipt_can_be_made_is_promised_none(caplog, told):
    store = Store()
    capture = capture_of(store, told, 50)
    odd = Lead(path=(), cells={"Lead Origin": "\ud800"}, keys={"lead_origin": "Lead Origin"})

    def block():
        fill(capture, 1)
        assert capture.record(LIVE, odd, GIVEN) is None
        fill(capture, 1)

    running(capture, block)
    assert len(store.kept) == 2
    assert told == {WRITTEN: 2, DROPPED: 1}
    assert "\\ud800" not in caplog.text


def test_threads_share_a_capture(told):
    store = Store()
    capture, given = capture_of(store, told, 100_000), []

    def block():
        work = lambda: given.extend(fill(capture, 2_000))  # noqa: E731
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    running(capture, block)
    assert set(store.kept) == set(given)
    assert len(given) == 8_000


def test_a_receipt_holds_what_the_model_may_see_and_no_more(told):
    held = Held(MAKER)
    receipt_id = held.record(LIVE, lead(7), GIVEN._replace(lead="lead-7"))
    (receipt,) = held.receipts
    assert (receipt.id, receipt.lead, receipt.cells) == (
        receipt_id, "lead-7", {"prospect_id": "lead-7"},
    )  # fmt: skip
    store = Store()
    capture = capture_of(store, told, 9)
    running(capture, lambda: (capture.offer(held.receipts), capture.offer(held.receipts)))
    assert list(store.kept.values()) == [receipt]


def test_a_buffer_holds_two_minutes_of_three_hundred_requests_a_second():
    usual = ServeSettings(home="h", use_case="u", moment="m")
    assert usual.receipts_waiting >= 120 * 300
