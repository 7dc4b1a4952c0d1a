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

# Ids sort by time, so that their index is one of time, and grows at its end.
_SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS receipts (
    id TEXT NOT NULL PRIMARY KEY,
    lead TEXT,
    record TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS receipts_by_lead ON receipts (lead, id);
"""
_PAGE = 1_000
#: Rows that one transaction removes: others write between two of them.
_REMOVED_AT_ONCE = 10_000
_COLUMNS = "id, lead, record"


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
        statement = f"INSERT OR IGNORE INTO receipts ({_COLUMNS}) VALUES (?, ?, ?)"
        rows = [_row(receipt) for receipt in receipts]
        with self._store.open() as connection:
            connection.executemany(statement, rows)

    def find(self, receipt_id: str) -> Receipt | None:
        """One receipt."""
        return next(iter(self._select("id = ?", receipt_id, most=1)), None)

    def of_lead(
        self, lead: str, *, before: str | None = None, most: int | None = None
    ) -> list[Receipt]:
        """A lead's receipts, newest first."""
        where = "lead = ? AND id < coalesce(?, 'g') ORDER BY id DESC"  # 'g' follows all digits
        return self._select(where, lead, before, most=most)

    def between(self, start: datetime, end: datetime) -> Iterator[Receipt]:
        """Receipts of a time, oldest first, read in pages that keep no writer waiting."""
        where = "id >= ? AND id > ? AND id < ? ORDER BY id"
        first, last, end_id = first_id(start), "", first_id(end)
        while page := self._select(where, first, last, end_id, most=_PAGE):
            yield from page
            last = page[-1].id

    def forget(self, leads: Sequence[str] = (), *, before: datetime | None = None) -> int:
        """Delete the receipts of leads, and the old ones."""
        erased = sum(self._delete("lead = ?", lead) for lead in leads)
        return erased + (self._delete("id < ?", first_id(before)) if before else 0)

    def _select(self, where: str, *values: str | None, most: int | None) -> list[Receipt]:
        query = f"SELECT {_COLUMNS} FROM receipts WHERE {where} LIMIT ?"
        with self._store.open() as connection:
            rows = connection.execute(query, [*values, -1 if most is None else most]).fetchall()
        return [_receipt(*row) for row in rows]

    def _delete(self, where: str, value: str) -> int:
        some = f"SELECT id FROM receipts WHERE {where} LIMIT {_REMOVED_AT_ONCE}"
        total, removed = 0, _REMOVED_AT_ONCE
        while removed == _REMOVED_AT_ONCE:
            removed = self._store.forget(f"DELETE FROM receipts WHERE id IN ({some})", [value])
            total += removed
        return total


def _row(receipt: Receipt) -> tuple[Any, ...]:
    words = receipt.to_dict()
    return words.pop("id"), words.pop("lead"), orjson.dumps(words).decode()


def _receipt(receipt_id: str, lead: str | None, record: str) -> Receipt:
    return receipt_from({"id": receipt_id, "lead": lead, **orjson.loads(record)})
