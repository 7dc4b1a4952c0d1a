"""Receipts of a home, in SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from ml.adapters.sqlite_store import SqliteStore
from ml.contract.receipts import Receipt, first_id, receipt_from

# Ids sort by time, so that their index is one of time, and grows at its end. Leads come in any
# order: of theirs only the last characters are indexed, so that fewer pages change with each batch.
# Pages are large, as a receipt takes a third of a usual one: half the time to write.
_SCHEMA = """
PRAGMA page_size = 16384;
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS receipts (
    id TEXT NOT NULL PRIMARY KEY,
    lead TEXT,
    record TEXT NOT NULL
);
DROP INDEX IF EXISTS receipts_by_lead;
CREATE INDEX IF NOT EXISTS receipts_by_lead_end ON receipts (substr(lead, -8));
"""
# A bare `lead = ?` would be put into the other condition, which then is not the index's any more.
_OF_LEAD = "substr(lead, -8) = substr(?, -8) AND +lead = ?"
#: The file is sound whenever the process ends, and after a loss of power without the last second.
_WRITING = "PRAGMA synchronous = NORMAL"
#: Rows of one statement: SQLite takes 32,766 values, and Python's lock is given up once for all.
_ADDED_AT_ONCE = 1_000
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
                some = receipts[first : first + _ADDED_AT_ONCE]
                values = [value for receipt in some for value in _row(receipt)]
                places = ", ".join(["(?, ?, ?)"] * len(some))
                connection.execute(f"{_INSERT} {places}", values)

    def find(self, receipt_id: str) -> Receipt | None:
        """One receipt."""
        return next(iter(self._select("id = ?", receipt_id, most=1)), None)

    def of_lead(
        self, lead: str, *, before: str | None = None, most: int | None = None
    ) -> list[Receipt]:
        """A lead's receipts, newest first."""
        # 'g' follows all digits; +id keeps SQLite from reading all receipts in the order of ids.
        where = f"{_OF_LEAD} AND +id < coalesce(?, 'g') ORDER BY +id DESC"
        return self._select(where, lead, lead, before, most=most)

    def between(self, start: datetime, end: datetime) -> Iterator[Receipt]:
        """Receipts of a time, oldest first, read in pages that keep no writer waiting."""
        where = "id >= ? AND id > ? AND id < ? ORDER BY id"
        first, last, end_id = first_id(start), "", first_id(end)
        while page := self._select(where, first, last, end_id, most=_PAGE):
            yield from page
            last = page[-1].id

    def forget(self, leads: Sequence[str] = (), *, before: datetime | None = None) -> int:
        """Delete the receipts of leads, and the old ones."""
        erased = sum(self._delete(_OF_LEAD, lead, lead) for lead in leads)
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
            removed = self._store.forget(f"DELETE FROM receipts WHERE id IN ({some})", values)
            total += removed
        return total


def _row(receipt: Receipt) -> tuple[Any, ...]:
    words = receipt.to_dict()
    return words.pop("id"), words.pop("lead"), orjson.dumps(words).decode()


def _receipt(receipt_id: str, lead: str | None, record: str) -> Receipt:
    return receipt_from({"id": receipt_id, "lead": lead, **orjson.loads(record)})
