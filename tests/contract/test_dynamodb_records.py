"""What is DynamoDB's own: batches that it puts off, items that are too long, and days that end."""

import os
from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from ml.adapters.dynamodb_answers import DynamodbAnswers
from ml.adapters.dynamodb_receipts import DynamodbReceipts
from ml.adapters.dynamodb_table import DynamodbTable
from ml.adapters.patience import Patience
from ml.contract.cloud_settings import TABLE_EXPIRY
from ml.contract.errors import AccessDenied, DependencyUnavailable
from ml.contract.kept_answers import KeptAnswer
from tests.support.receipts import START, receipt
from tests.support.receipts_table import AGE, NAME, items, receipts_table


@pytest.fixture
def table(monkeypatch):
    with receipts_table(monkeypatch) as table:
        yield table


@pytest.fixture
def receipts(table):
    return DynamodbReceipts(table, AGE)


def long_receipt(second, lead="lead-1"):
    """One that no single item holds, however it is packed."""
    return receipt(second, lead, cells={"city": os.urandom(600_000).hex()})


def answer(*leads):
    return KeptAnswer(
        key="k", request_sha256="00", at=START, status=200, media_type="application/json",
        body=os.urandom(500_000), receipts=tuple(receipt(1, lead) for lead in leads),
    )  # fmt: skip


def test_what_no_item_holds_lies_in_pieces_and_goes_with_them(receipts):
    kept = [long_receipt(1), receipt(2), long_receipt(3)]
    receipts.add(kept)
    assert receipts.of_lead("lead-1") == kept[::-1]
    assert receipts.of_lead("lead-1", most=1) == kept[2:]
    assert receipts.find(kept[0].id) == kept[0]
    assert list(receipts.between(START, START + timedelta(seconds=2))) == kept[:1]
    assert receipts.forget(before=kept[1].at) == 1
    assert not [item for item in items() if kept[0].id in item["entry"]["S"]]
    assert receipts.forget(["lead-1"]) == 2
    assert items() == []


def test_one_that_lost_a_piece_is_none(receipts, table):
    receipts.add([long_receipt(1), receipt(2)])
    piece = next(item for item in items() if "~" in item["entry"]["S"])
    table.remove_items([piece])
    assert receipts.of_lead("lead-1") == [receipt(2)]


def test_a_long_answer_is_forgotten_whole_and_with_whom_it_tells_of(table):
    answers = DynamodbAnswers(table, timedelta(days=1))
    kept = answers.keep(answer("lead-1", "lead-2"))
    assert answers.find("k") == kept
    assert answers.keep(replace(kept, body=b"later")) == kept
    assert answers.forget(["lead-1"]) == 1
    assert answers.find("k") is None
    assert answers.forget(["lead-2"]) == 0
    assert items() == []


def test_no_key_tells_a_lead(receipts):
    receipts.add([receipt(1, "ana@example.com"), receipt(2, None)])
    shown = [value for item in items() for name, value in item.items() if name != "record"]
    assert "ana" not in str(shown)


def test_the_service_itself_forgets_when_the_days_are_over(receipts):
    receipts.add([receipt(1), long_receipt(2)])
    expected = {int((START + AGE).timestamp()) + second for second in (1, 2)}
    assert {int(item[TABLE_EXPIRY]["N"]) for item in items()} == expected


def test_one_batch_may_hold_the_same_receipt_twice(receipts):
    receipts.add([receipt(1), replace(receipt(1), score=99)])
    assert receipts.of_lead("lead-1") == [receipt(1)]


@pytest.mark.parametrize("odd", ["", "x" * 3_000, "ä"])
def test_what_people_type_as_an_id_is_never_an_error(receipts, odd):
    receipts.add([receipt(1)])
    assert receipts.find(odd) is None
    assert receipts.of_lead("lead-1", before=odd) in ([], [receipt(1)])
    assert list(receipts.between(START + timedelta(seconds=9), START)) == []


def test_what_the_service_puts_off_is_asked_for_again(receipts, table, monkeypatch):
    write, asked = table._client.batch_write_item, []

    def some(RequestItems):
        asked.append(len(RequestItems[NAME]))
        done, left = RequestItems[NAME][:10], RequestItems[NAME][10:]
        write(RequestItems={NAME: done})
        return {"UnprocessedItems": {NAME: left} if left else {}}

    monkeypatch.setattr(table._client, "batch_write_item", some)
    receipts.add([receipt(second) for second in range(30)])
    assert asked == [25, 15, 5, 5]
    assert len(receipts.of_lead("lead-1")) == 30


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("batch_write_item", lambda asked: {"UnprocessedItems": asked}),
        ("batch_get_item", lambda asked: {"Responses": {}, "UnprocessedKeys": asked}),
    ],
)
def test_a_table_that_puts_all_off_is_waited_for_no_longer_than_said(
    table, monkeypatch, call, answer
):
    clock, asked = [0.0], []

    def busy(RequestItems):
        asked.append(1)
        return answer(RequestItems)

    def sleep(seconds):
        clock[0] += seconds

    monkeypatch.setattr(table._client, call, busy)
    most = {"seconds": 5, "first": 1, "longest": 2, "draw": lambda _, longest: longest}
    table._patience = Patience(**most, sleep=sleep, clock=lambda: clock[0])
    with pytest.raises(DependencyUnavailable, match="'receipts' put 1 items off for 5 s"):
        DynamodbReceipts(table, AGE).add([receipt(1)])
    assert (len(asked), clock[0]) == (4, 5)


def test_a_table_that_is_away_or_refuses_is_named(receipts, table, monkeypatch):
    with pytest.raises(DependencyUnavailable, match="DynamoDB's table 'elsewhere' refused"):
        DynamodbReceipts(DynamodbTable("elsewhere"), AGE).of_lead("lead-1")

    def denied(**_):
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "BatchGetItem")

    monkeypatch.setattr(table._client, "batch_get_item", denied)
    with pytest.raises(AccessDenied, match="denies BatchGetItem"):
        receipts.add([receipt(1)])
