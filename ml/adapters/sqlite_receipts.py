"""Receipts of a home, in SQLite."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from ml.adapters.sqlite_store import SqliteStore
from ml.contract.receipts import Receipt, first_id, receipt_from
from ml.core.scoring.inputs import as_json

# Ids sort by time, so that their index is one of time, and grows at its end. Leads come in any
# order: an index of theirs would change as many pages with each batch as that has rows, which takes
# longer than to write it. So they are noted in their order, and many are sorted in at once; of each
# lead its last characters, so that fewer pages change.
# Pages are large, as a receipt takes a third of a usual one: half the time to write.
_SCHEMA = """
PRAGMA page_size = 16384;
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS receipts (
    id TEXT NOT NULL PRIMARY KEY,
    lead TEXT,
    record TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS leads_noted (lead_end TEXT NOT NULL, id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS leads_sorted (
    lead_end TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (lead_end, id)
) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS receipt_added AFTER INSERT ON receipts WHEN new.lead IS NOT NULL
BEGIN
    INSERT INTO leads_noted VALUES (substr(new.lead, -8), new.id);
END;
CREATE TRIGGER IF NOT EXISTS receipt_removed AFTER DELETE ON receipts
BEGIN
    DELETE FROM leads_sorted WHERE lead_end = substr(old.lead, -8) AND id = old.id;
    DELETE FROM leads_noted WHERE id = old.id;
END;
-- What a file of before has in place of these tables.
INSERT OR IGNORE INTO leads_sorted SELECT substr(lead, -8), id FROM receipts
WHERE lead IS NOT NULL
    AND EXISTS (SELECT * FROM sqlite_schema WHERE name GLOB 'receipts_by_lead*');
DROP INDEX IF EXISTS receipts_by_lead;
DROP INDEX IF EXISTS receipts_by_lead_end;
"""
_NOTED = "SELECT coalesce(max(rowid), 0) FROM leads_noted"
_SORT = "INSERT INTO leads_sorted SELECT lead_end, id FROM leads_noted ORDER BY lead_end, id"
_NOTED_AT_MOST = 10_000
_OF_LEAD = """id IN (
    SELECT id FROM leads_sorted WHERE lead_end = substr(?, -8)
    UNION ALL SELECT id FROM leads_noted WHERE lead_end = substr(?, -8)
) AND +lead = ?"""
#: The file is sound whenever the process ends, and after a loss of power without the last second.
_WRITING = "PRAGMA synchronous = NORMAL"
#: Rows of one statement, which gives up Python's lock once for all of them. Then the writer rests:
#: where processors are scarce, requests would wait for all that it writes.
_ADDED_AT_ONCE, _REST_SECONDS = 50, 0.001
_PAGE = 1_000
#: Rows that one transaction removes: others write between two of them.
_REMOVED_AT_ONCE = 10_000
_COLUMNS = "id, lead, record"
_INSERT = f"INSERT OR IGNORE INTO receipts ({_COLUMNS}) VALUES"


class SqliteReceipts:
    """Keeps receipts under their ids.

    Parameters
    ----------
    file : Path
        The home's `receipts.db`; made when it is first used.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    @cached_property
    def _store(self) -> SqliteStore:
        return SqliteStore(self._file, _SCHEMA)

    def add(self, receipts: Sequence[Receipt]) -> None:
        """Keep receipts, all or none."""
        with self._store.kept_open() as connection:
            connection.execute(_WRITING)
            for first in range(0, len(receipts), _ADDED_AT_ONCE):
                if first:
                    time.sleep(_REST_SECONDS)
                some = receipts[first : first + _ADDED_AT_ONCE]
                values = [value for receipt in some for value in _row(receipt)]
                places = ", ".join(["(?, ?, ?)"] * len(some))
                connection.execute(f"{_INSERT} {places}", values)
            if connection.execute(_NOTED).fetchone()[0] >= _NOTED_AT_MOST:
                _sort_in(connection)

    def find(self, receipt_id: str) -> Receipt | None:
        """One receipt."""
        return next(iter(self._select("id = ?", receipt_id, most=1)), None)

    def of_lead(
        self, lead: str, *, before: str | None = None, most: int | None = None
    ) -> list[Receipt]:
        """A lead's receipts, newest first."""
        # 'g' follows all digits; +id keeps SQLite from reading all receipts in the order of ids.
        where = f"{_OF_LEAD} AND +id < coalesce(?, 'g') ORDER BY +id DESC"
        return self._select(where, lead, lead, lead, before, most=most)

    def between(self, start: datetime, end: datetime) -> Iterator[Receipt]:
        """Receipts of a time, oldest first, read in pages that keep no writer waiting."""
        where = "id >= ? AND id > ? AND id < ? ORDER BY id"
        first, last, end_id = first_id(start), "", first_id(end)
        while page := self._select(where, first, last, end_id, most=_PAGE):
            yield from page
            last = page[-1].id

    def forget(self, leads: Sequence[str] = (), *, before: datetime | None = None) -> int:
        """Delete the receipts of leads, and the old ones."""
        erased = sum(self._delete(_OF_LEAD, lead, lead, lead) for lead in leads)
        return erased + (self._delete("id < ?", first_id(before)) if before else 0)

    def _select(self, where: str, *values: str | None, most: int | None) -> list[Receipt]:
        query = f"SELECT {_COLUMNS} FROM receipts WHERE {where} LIMIT ?"
        with self._store.open() as connection:
            rows = connection.execute(query, [*values, -1 if most is None else most]).fetchall()
        return [_receipt(*row) for row in rows]

    def _delete(self, where: str, *values: str) -> int:
        some = f"SELECT id FROM receipts WHERE {where} LIMIT {_REMOVED_AT_ONCE}"
        total, removed = 0, _REMOVED_AT_ONCE
        while removed == _REMOVED_AT_ONCE:
            with self._store.open() as connection:
                _sort_in(connection)  # or each row would be looked for among all that are noted
            removed = self._store.forget(f"DELETE FROM receipts WHERE id IN ({some})", values)
            total += removed
        return total


def _sort_in(connection: sqlite3.Connection) -> None:
    """Sort the noted leads in; nothing of them stays where they were noted."""
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(_SORT)
    connection.execute("DELETE FROM leads_noted")


def _row(receipt: Receipt) -> tuple[Any, ...]:
    words = receipt.to_dict()
    return words.pop("id"), words.pop("lead"), orjson.dumps(words, default=as_json).decode()


def _receipt(receipt_id: str, lead: str | None, record: str) -> Receipt:
    return receipt_from({"id": receipt_id, "lead": lead, **orjson.loads(record)})
