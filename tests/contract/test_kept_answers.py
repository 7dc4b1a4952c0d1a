"""One suite for every store of answers: the first answer under a key is the answer."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from ml.adapters.dynamodb_answers import DynamodbAnswers
from ml.adapters.sqlite_answers import SqliteAnswers
from ml.contract.kept_answers import KeptAnswer, answer_key
from tests.support.receipts import START, receipt
from tests.support.receipts_table import receipts_table


@pytest.fixture
def sqlite_answers(tmp_path):
    return SqliteAnswers(tmp_path / "answers.db")


@pytest.fixture
def dynamodb_answers(monkeypatch):
    with receipts_table(monkeypatch) as table:
        yield DynamodbAnswers(table, timedelta(days=1))


@pytest.fixture(params=["sqlite_answers", "dynamodb_answers"])
def answers(request):
    return request.getfixturevalue(request.param)


def answer(key="k", body=b'{"score":1}', seconds=0, lead="lead-1"):
    return KeptAnswer(
        key=key, request_sha256="00", at=START + timedelta(seconds=seconds), status=200,
        media_type="application/json", body=body, receipts=(receipt(1, lead), receipt(2, None)),
    )  # fmt: skip


def test_an_answer_comes_back_to_the_byte(answers):
    assert answers.find("k") is None
    assert answers.keep(answer()) == answer()
    assert answers.find("k") == answer()
    assert answer().leads == {"lead-1"}


def test_the_first_answer_stays(answers):
    answers.keep(answer())
    assert answers.keep(answer(body=b"other")) == answer()


def test_of_many_first_answers_all_are_told_one(answers):
    told, start = [], threading.Barrier(6)

    def race(number):
        start.wait(timeout=30)
        told.append(answers.keep(answer(body=b"%d" % number)).body)

    threads = [threading.Thread(target=race, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 6
    assert len(set(told)) == 1


def test_answers_about_leads_and_old_ones_are_forgotten(answers):
    for second, lead in enumerate(["a", "b\x00c", "c"]):
        answers.keep(answer(lead, seconds=second, lead=lead))
    answers.keep(replace(answer("d", seconds=9), receipts=()))
    assert answers.forget(["b\x00c", "nobody"]) == 1
    assert answers.forget(before=START + timedelta(seconds=1)) == 1
    assert answers.forget() == 0
    assert [key for key in ["a", "b\x00c", "c", "d"] if answers.find(key)] == ["c", "d"]


def test_keys_of_several_parts_do_not_run_into_each_other():
    assert answer_key("a", "bc") != answer_key("ab", "c")
    assert answer_key("a\n'b'") != answer_key("a", "b")
