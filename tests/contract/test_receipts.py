"""One suite for every store of receipts: each is kept once, found by lead and time, and erased."""

import multiprocessing
import sqlite3
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from ml.adapters.dynamodb_receipts import DynamodbReceipts
from ml.adapters.sqlite_receipts import _OF_LEAD, SqliteReceipts
from ml.contract.errors import DependencyUnavailable
from ml.contract.receipts import first_id, new_receipt_id, receipt_from, time_of
from ml.core.scoring.inputs import as_json, inputs_sha256
from tests.support.receipts import START, receipt
from tests.support.receipts_table import AGE, receipts_table


@pytest.fixture
def sqlite_receipts(tmp_path):
    return SqliteReceipts(tmp_path / "serving" / "receipts.db")


@pytest.fixture
def dynamodb_receipts(monkeypatch):
    with receipts_table(monkeypatch) as table:
        yield DynamodbReceipts(table, AGE)


@pytest.fixture(params=["sqlite_receipts", "dynamodb_receipts"])
def receipts(request):
    return request.getfixturevalue(request.param)


def after(seconds):
    return START + timedelta(seconds=seconds)


def ids(found):
    return [each.id for each in found]


def test_a_receipt_comes_back_to_the_last_digit(receipts):
    kept = receipt(1)
    receipts.add([kept])
    assert receipts.find(kept.id) == kept
    assert receipts.find(kept.id).at == after(1)
    assert receipts.find(receipt(2).id) is None
    assert receipt_from(orjson.loads(orjson.dumps(kept.to_dict(), default=as_json))) == kept


def test_what_is_there_stays_as_it_is(receipts):
    kept = receipt(1)
    receipts.add([kept])
    receipts.add([replace(kept, score=99), receipt(2)])
    assert receipts.find(kept.id) == kept
    assert receipts.find(receipt(2).id) == receipt(2)


def test_a_leads_receipts_come_newest_first_and_in_pages(receipts):
    mine = [receipt(second) for second in range(5)]
    receipts.add([*mine, receipt(9, "lead-2"), receipt(9, None, tail=1)])
    newest = ids(reversed(mine))
    assert ids(receipts.of_lead("lead-1")) == newest
    assert ids(receipts.of_lead("lead-1", most=2)) == newest[:2]
    assert ids(receipts.of_lead("lead-1", before=newest[1], most=2)) == newest[2:4]
    assert receipts.of_lead("lead-1", before=newest[-1]) == []
    assert receipts.of_lead("nobody") == receipts.of_lead("") == []


def test_a_time_has_its_first_and_not_its_last_moment(receipts):
    receipts.add([receipt(second, tail=second) for second in range(6)])
    assert ids(receipts.between(after(2), after(4))) == ids(
        [receipt(2, tail=2), receipt(3, tail=3)]
    )
    assert list(receipts.between(after(9), after(99))) == []


def test_a_time_with_more_receipts_than_a_page_is_read_to_its_end(receipts):
    many = [receipt(0, tail=number) for number in range(1_001)]
    receipts.add(many)
    assert ids(receipts.between(after(0), after(1))) == ids(many)


def test_leads_are_forgotten_and_no_others(receipts):
    receipts.add([receipt(1), receipt(2), receipt(3, "lead-2"), receipt(4, None)])
    assert receipts.forget(["lead-1", "nobody"]) == 2
    assert receipts.of_lead("lead-1") == []
    assert ids(receipts.between(after(0), after(9))) == ids([receipt(3), receipt(4)])
    assert receipts.forget(["lead-1"]) == receipts.forget() == 0


def test_what_is_old_is_forgotten(receipts):
    receipts.add([receipt(second) for second in range(4)])
    assert receipts.forget(before=after(2)) == 2
    assert ids(receipts.between(after(0), after(9))) == ids([receipt(2), receipt(3)])


@pytest.mark.parametrize(
    "lead", ["'; DROP TABLE receipts; --", '" OR 1=1', "%", "_", "=cmd()", "ä\u2028\x00", "[1]"]
)
def test_an_odd_id_is_only_an_id(receipts, lead):
    receipts.add([receipt(1, lead), receipt(2)])
    assert ids(receipts.of_lead(lead)) == [receipt(1).id]
    assert receipts.forget([lead]) == 1
    assert ids(receipts.of_lead("lead-1")) == [receipt(2).id]


@pytest.mark.parametrize(
    "statement",
    [
        f"SELECT id FROM receipts WHERE {_OF_LEAD} AND +id < 'g' ORDER BY +id DESC LIMIT 1",
        f"DELETE FROM receipts WHERE id IN (SELECT id FROM receipts WHERE {_OF_LEAD} LIMIT 9)",
    ],
)
def test_a_lead_is_found_without_reading_all_receipts(sqlite_receipts, tmp_path, statement):
    sqlite_receipts.add([receipt(1)])
    with sqlite3.connect(tmp_path / "serving" / "receipts.db") as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", ["a"] * 3).fetchall()
    assert {step for *_, step in plan if "SCAN" in step} <= {"SCAN leads_noted"}


def test_leads_are_found_before_and_after_many_were_sorted_in(
    sqlite_receipts, tmp_path, monkeypatch
):
    monkeypatch.setattr("ml.adapters.sqlite_receipts._NOTED_AT_MOST", 25)
    for second in range(60):
        sqlite_receipts.add([receipt(second, f"lead-{second % 3}"), receipt(second, None, tail=1)])
    assert 0 < noted(tmp_path) < 25
    for number in range(3):
        every = [receipt(second).id for second in range(59, -1, -1) if second % 3 == number]
        assert ids(sqlite_receipts.of_lead(f"lead-{number}")) == every
    sqlite_receipts.add([receipt(59, "lead-2")])  # offered again
    assert len(sqlite_receipts.of_lead("lead-2")) == 20
    assert sqlite_receipts.forget(["lead-1"]) == 20
    with sqlite3.connect(tmp_path / "serving" / "receipts.db") as connection:
        ends = connection.execute("SELECT DISTINCT lead_end FROM leads_sorted").fetchall()
    assert (sorted(ends), noted(tmp_path)) == ([("lead-0",), ("lead-2",)], 0)


def noted(home):
    with sqlite3.connect(home / "serving" / "receipts.db") as connection:
        return connection.execute("SELECT count(*) FROM leads_noted").fetchone()[0]


def test_a_file_with_an_index_of_leads_is_read_on(tmp_path):
    with sqlite3.connect(tmp_path / "receipts.db") as connection:
        connection.execute("CREATE TABLE receipts (id TEXT PRIMARY KEY, lead TEXT, record TEXT)")
        connection.execute("CREATE INDEX receipts_by_lead_end ON receipts (substr(lead, -8))")
        words = orjson.dumps(receipt(1).to_dict(), default=as_json).decode()
        connection.execute("INSERT INTO receipts VALUES (?, 'lead-1', ?)", [receipt(1).id, words])
    for _ in range(2):  # the second time there is nothing to bring over
        store = SqliteReceipts(tmp_path / "receipts.db")
        assert store.of_lead("lead-1") == [receipt(1)]
    assert store.forget(["lead-1"]) == 1


def _write(file, worker):
    store = SqliteReceipts(file)
    for batch in range(10):
        store.add([receipt(batch, f"of-{worker}", tail=worker * 100 + n) for n in range(20)])


def test_several_processes_open_and_write_one_new_file_at_once(tmp_path):
    file, fork = tmp_path / "receipts.db", multiprocessing.get_context("spawn")
    writers = [fork.Process(target=_write, args=(file, number)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0, 0]
    assert len(list(SqliteReceipts(file).between(after(0), after(99)))) == 4 * 10 * 20


def test_a_file_that_is_no_store_is_named(tmp_path):
    (tmp_path / "receipts.db").write_bytes(b"not a database at all, but long enough")
    with pytest.raises(DependencyUnavailable, match="receipts.db in this home cannot be used"):
        SqliteReceipts(tmp_path / "receipts.db").add([receipt(1)])


def test_a_writer_that_failed_once_writes_again(sqlite_receipts, tmp_path):
    sqlite_receipts.add([receipt(1)])
    file = tmp_path / "serving" / "receipts.db"
    with sqlite3.connect(file) as connection:
        connection.execute("ALTER TABLE receipts RENAME TO elsewhere")
    with pytest.raises(DependencyUnavailable, match=r"receipts.db in this home cannot be used"):
        sqlite_receipts.add([receipt(2)])
    with sqlite3.connect(file) as connection:
        connection.execute("ALTER TABLE elsewhere RENAME TO receipts")
    sqlite_receipts.add([receipt(2)])
    assert ids(sqlite_receipts.between(after(0), after(9))) == ids([receipt(1), receipt(2)])


def test_ids_sort_by_time_and_never_repeat():
    made = [new_receipt_id() for _ in range(2_000)]
    assert len(set(made)) == len(made)
    assert [time_of(each) for each in sorted(made)] == sorted(time_of(each) for each in made)
    assert first_id(time_of(made[0])) <= made[0] < first_id(time_of(made[0]) + timedelta(seconds=1))
    assert {each[12] for each in made} == {"7"}
    assert {each[16] for each in made} == set("89ab")


def test_every_cell_is_in_the_hash():
    cells = receipt(1).cells
    for name in cells:
        assert inputs_sha256({**cells, name: "other"}) != inputs_sha256(cells)
