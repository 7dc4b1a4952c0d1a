"""One suite for every store of feedback: nothing that was said is lost, and a repeat is one."""

import threading

import pytest

from ml.adapters.dynamodb_feedback import DynamodbFeedback
from ml.adapters.sqlite_feedback import SqliteFeedback
from ml.adapters.sqlite_receipts import SqliteReceipts
from ml.contract.access import YOU, Caller, Role
from ml.contract.feedback import FeedbackVerdict, feedback_from, in_force
from ml.contract.receipts import time_of
from ml.serving.file_receipts import FileReceipts
from ml.serving.lead_history import LeadHistory
from ml.serving.result_store import ResultStore
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.receipts import feedback, id_at, receipt
from tests.support.receipts_table import AGE, receipts_table

COMMENT = "'); DROP TABLE feedback; --"


@pytest.fixture
def sqlite_feedback(tmp_path):
    return SqliteFeedback(tmp_path / "feedback.db")


@pytest.fixture
def dynamodb_feedback(monkeypatch):
    with receipts_table(monkeypatch) as table:
        yield DynamodbFeedback(table, AGE)


@pytest.fixture(params=["sqlite_feedback", "dynamodb_feedback"])
def store(request):
    return request.getfixturevalue(request.param)


def test_feedback_comes_back_to_the_letter(store):
    said = feedback(1, "won", comment=COMMENT, receipt_id=id_at(0))
    assert store.add(said) == said
    assert store.of_leads(["lead-1"]) == [said]
    assert store.of_leads(["nobody"]) == store.of_leads([]) == []
    assert feedback_from(said.to_dict()) == said


def test_who_says_the_same_again_is_told_what_was_kept(store):
    first = store.add(feedback(1, "up"))
    store.add(feedback(2, "won"))
    assert store.add(feedback(3, "up")) == first
    assert len(store.of_leads(["lead-1"])) == 2


def test_of_many_that_say_the_same_at_once_one_is_kept(store):
    said = [feedback(number, "up") for number in range(8)]
    threads = [threading.Thread(target=store.add, args=(each,)) for each in said]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.of_leads(["lead-1"])) == 1


def test_a_change_of_mind_is_history_and_the_last_word_counts(store):
    for second, verdict in enumerate(["up", "down", "up"]):
        store.add(feedback(second, verdict))
    store.add(feedback(3, "down", rep="bo"))
    store.add(feedback(4, "lost"))
    history = store.of_leads(["lead-1"])
    assert [each.verdict for each in history] == ["lost", "down", "up", "down", "up"]
    counts = in_force(history)
    assert {kind: (each.rep, each.verdict) for kind, each in counts.items()} == {
        "progress": ("ana", "lost"), "score": ("bo", "down"),
    }  # fmt: skip


def test_a_time_has_its_first_and_not_its_last_moment(store):
    for second in range(4):
        store.add(feedback(second, "up", lead=f"lead-{second}"))
    found = store.between(time_of(id_at(1)), time_of(id_at(3)))
    assert [each.lead for each in found] == ["lead-1", "lead-2"]


def test_leads_and_what_is_old_are_forgotten(store):
    for second in range(4):
        store.add(feedback(second, "up", lead=f"lead-{second}"))
    assert store.forget(["lead-2", "nobody"]) == 1
    assert store.forget(before=time_of(id_at(1))) == 1
    assert store.forget() == 0
    left = store.of_leads([f"lead-{second}" for second in range(4)])
    assert [each.lead for each in left] == ["lead-3", "lead-1"]


@pytest.mark.parametrize("lead", [COMMENT, "%", "ä\u2028\x00", "a\x00b", "=cmd()"])
def test_an_odd_id_is_only_an_id(store, lead):
    store.add(feedback(1, lead=lead))
    store.add(feedback(2))
    assert [each.lead for each in store.of_leads([lead])] == [lead]
    assert store.forget([lead]) == 1
    assert len(store.of_leads(["lead-1"])) == 1


def test_what_was_said_of_a_lead_outlives_its_scores_for_those_who_said_it(store, tmp_path):
    files = FileReceipts(LEAD_CONVERSION, ResultStore(tmp_path, LEAD_CONVERSION))
    receipts = SqliteReceipts(tmp_path / "receipts.db")
    known = LeadHistory(receipts, files, store, lambda: None)
    ana, ben = (Caller(name=name, role=Role.REP) for name in ("ana", "ben"))
    words = {"comment": "", "about": None}
    assert known.say("lead-9", ana, FeedbackVerdict.WON, **words) is None
    assert known.story("lead-9", ana) is None
    receipts.add([receipt(1, "lead-9")])
    thumb = known.say("lead-9", YOU, FeedbackVerdict.UP, **words)
    said = known.say("lead-9", ana, FeedbackVerdict.WON, **words)
    receipts.forget(["lead-9"])
    story = known.story("lead-9", ana)
    assert (story.receipts, story.feedback, story.older) == ((), (said, thumb), None)
    assert known.story("lead-9", ben) is None
    assert known.story("lead-9", YOU) is not None
    assert known.done(since=thumb.at) == {"lead-9": said.id}
