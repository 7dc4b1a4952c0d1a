"""One suite for every ledger: numbers are given once, and the chain tells what was done to it."""

import sqlite3
import threading
from dataclasses import replace
from datetime import UTC, datetime

import boto3
import pytest
from moto import mock_aws

from ml.adapters.dynamodb_ledger import DynamodbLedger
from ml.adapters.sqlite_ledger import BEFORE_THE_CHAIN, SqliteLedger
from ml.contract.errors import AccessDenied, DependencyUnavailable
from ml.contract.ledger import Action, LedgerEvent, chain_faults, entry_after
from ml.contract.standing import champion_of
from tests.support.ledger_table import TABLE

EVENT = LedgerEvent(
    at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    who="ána@laptop",
    action=Action.PROMOTE,
    model="m",
    before=None,
    version="1",
    why='better, by "luck"',
)


@pytest.fixture
def sqlite_ledger(tmp_path):
    return SqliteLedger(tmp_path / "ledger.db")


@pytest.fixture
def dynamodb_ledger(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        boto3.client("dynamodb").create_table(TableName="ledger", **TABLE)
        ledger = DynamodbLedger("ledger")
        one_at_a_time(monkeypatch, ledger._client)
        yield ledger


def one_at_a_time(monkeypatch, client):
    """DynamoDB looks and writes in one step, moto in two."""
    lock, put = threading.Lock(), client.put_item

    def put_item(**words):
        with lock:
            return put(**words)

    monkeypatch.setattr(client, "put_item", put_item)


@pytest.fixture(params=["sqlite_ledger", "dynamodb_ledger"])
def ledger(request):
    return request.getfixturevalue(request.param)


def chained(count, model="m"):
    """Entries that follow each other."""
    entries, last = [], None
    for number in range(1, count + 1):
        before = None if number == 1 else str(number - 1)
        event = replace(EVENT, model=model, version=str(number), before=before)
        last = entry_after(event, last)
        entries.append(last)
    return entries


def written(ledger, count):
    entries = chained(count)
    assert all(ledger.append(entry) for entry in entries)
    return entries


def test_what_was_appended_is_read_back_in_order_to_the_letter(ledger):
    assert ledger.entries("m") == []
    written(ledger, 12)
    assert ledger.entries("m") == chained(12)
    assert list(chain_faults(ledger.entries("m"))) == []
    assert champion_of(ledger.entries("m")) == "12"


def test_models_have_chains_of_their_own(ledger):
    written(ledger, 2)
    (other,) = chained(1, model="n")
    assert ledger.append(other)
    assert ledger.entries("n") == [other]
    assert len(ledger.entries("m")) == 2


def test_a_number_is_given_once(ledger):
    first, second = written(ledger, 2)
    rival = entry_after(replace(EVENT, version="9"), first)
    assert not ledger.append(rival)
    assert ledger.entries("m") == [first, second]


def test_of_many_that_want_one_number_one_gets_it(ledger):
    rivals = [entry_after(replace(EVENT, version=str(n)), None) for n in range(6)]
    won, start = [], threading.Barrier(len(rivals))

    def race(entry):
        start.wait(timeout=30)
        if ledger.append(entry):
            won.append(entry)

    threads = [threading.Thread(target=race, args=(entry,)) for entry in rivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert ledger.entries("m") == won


def test_an_entry_that_was_changed_removed_or_moved_is_named():
    entries = chained(5)
    changed = [*entries[:2], replace(entries[2], why="worse"), *entries[3:]]
    assert list(chain_faults(changed)) == ["entry 3 (promote of version 3) is not what was written"]
    removed = [*entries[:1], *entries[3:]]
    assert list(chain_faults(removed)) == ["entries 2 to 3 are missing"]
    moved = [entries[0], entries[2], entries[1], *entries[3:]]
    assert next(chain_faults(moved)) == "entry 2 is missing"
    # Whoever writes one entry anew, hash and all, breaks the one after it.
    anew = entry_after(replace(EVENT, version="3", before="2", why="worse"), entries[1])
    assert list(chain_faults([*entries[:2], anew, *entries[3:]])) == [
        "entry 4 does not follow entry 3 as it is now"
    ]
    renumbered = [entries[0], replace(entries[2], number=2), *entries[3:]]
    assert "entry 2 " in "".join(chain_faults(renumbered))


@pytest.mark.parametrize("field", ["at", "who", "action", "before", "version", "why"])
def test_every_word_of_an_entry_is_in_its_hash(field):
    other = {"at": datetime(2027, 1, 1, tzinfo=UTC), "action": Action.DEPLOY}
    entries = chained(3)
    entries[1] = replace(entries[1], **{field: other.get(field, "another")})
    assert len(list(chain_faults(entries))) == 1


def test_sqlite_refuses_changes_and_sees_those_that_were_made_all_the_same(tmp_path):
    ledger = SqliteLedger(tmp_path / "l.db")
    written(ledger, 3)
    connection = sqlite3.connect(tmp_path / "l.db")
    for statement in ("DELETE FROM entries", "UPDATE entries SET why = ''"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.execute("DROP TRIGGER entries_are_never_changed")
    connection.execute("UPDATE entries SET why = 'nothing' WHERE number = 2")
    connection.commit()
    connection.close()
    assert list(chain_faults(ledger.entries("m"))) == [
        "entry 2 (promote of version 2) is not what was written"
    ]


def test_a_ledger_from_before_the_chain_is_chained_once(tmp_path):
    connection = sqlite3.connect(tmp_path / "l.db")
    connection.executescript(
        """
        CREATE TABLE ledger (number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL,
            action TEXT NOT NULL, model TEXT NOT NULL, version TEXT NOT NULL, previous TEXT,
            reason TEXT NOT NULL);
        CREATE TRIGGER ledger_is_never_changed BEFORE UPDATE ON ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
        INSERT INTO ledger (at, action, model, version, previous, reason) VALUES
            ('2026-01-02T03:04:05+00:00', 'promote', 'm', '1', NULL, 'first'),
            ('2026-01-02T03:04:06+00:00', 'promote', 'n', '7', NULL, 'other'),
            ('2026-01-02T03:04:07+00:00', 'deploy', 'm', '1', NULL, 'champion'),
            ('2026-01-03T03:04:05+00:00', 'promote', 'm', '2', '1', 'better');
        """
    )
    connection.close()
    for _ in range(2):
        entries = SqliteLedger(tmp_path / "l.db").entries("m")
        assert [(e.number, e.action, e.before, e.version) for e in entries] == [
            (1, "promote", None, "1"), (2, "deploy", None, "1"), (3, "promote", "1", "2"),
        ]  # fmt: skip
        assert {entry.who for entry in entries} == {BEFORE_THE_CHAIN}
        assert entries[-1].why == "better"
        assert list(chain_faults(entries)) == []


def test_dynamodb_reads_all_pages_and_what_was_written_just_now(dynamodb_ledger, monkeypatch):
    written(dynamodb_ledger, 3)
    asked = []
    client = dynamodb_ledger._client

    class Small:
        exceptions = client.exceptions

        def get_paginator(self, name):
            pages = client.get_paginator(name)

            class Pages:
                def paginate(self, **words):
                    asked.append(words["ConsistentRead"])
                    return pages.paginate(**words, PaginationConfig={"PageSize": 1})

            return Pages()

    monkeypatch.setitem(dynamodb_ledger.__dict__, "_client", Small())
    assert len(dynamodb_ledger.entries("m")) == 3
    assert asked == [True]


def test_an_answer_that_was_lost_is_no_other_writer(dynamodb_ledger):
    (entry,) = written(dynamodb_ledger, 1)
    assert dynamodb_ledger.append(entry)
    assert dynamodb_ledger.entries("m") == [entry]


def test_a_table_that_is_away_or_refuses_is_named(dynamodb_ledger, monkeypatch):
    with pytest.raises(DependencyUnavailable, match="DynamoDB's table 'elsewhere' refused"):
        DynamodbLedger("elsewhere").entries("m")
    from botocore.exceptions import ClientError

    def denied(**_):
        words = {"Error": {"Code": "AccessDeniedException", "Message": ""}}
        raise ClientError(words, "PutItem")

    monkeypatch.setattr(dynamodb_ledger._client, "put_item", denied)
    with pytest.raises(AccessDenied, match="denies PutItem"):
        dynamodb_ledger.append(chained(1)[0])
