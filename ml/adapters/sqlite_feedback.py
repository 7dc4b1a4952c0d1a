"""Feedback of a home, in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path

from ml.adapters.sqlite_store import SqliteStore
from ml.contract.feedback import Feedback, feedback_from
from ml.contract.receipts import first_id

_COLUMNS = ("id", "lead", "rep", "verdict", "comment", "receipt_id")
_NAMES = ", ".join(_COLUMNS)
_SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS feedback (
    id TEXT NOT NULL PRIMARY KEY,
    lead TEXT NOT NULL,
    rep TEXT NOT NULL,
    verdict TEXT NOT NULL,
    comment TEXT NOT NULL,
    receipt_id TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS feedback_by_lead ON feedback (lead, id);
"""


class SqliteFeedback:
    """Keeps all that was said, whoever contradicts it later.

    Parameters
    ----------
    file : Path
        The home's `feedback.db`; made when it is first used.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    @cached_property
    def _store(self) -> SqliteStore:
        return SqliteStore(self._file, _SCHEMA)

    def add(self, feedback: Feedback) -> Feedback:
        """Keep feedback, unless its rep said the same of the lead last."""
        with self._store.open() as connection:
            connection.execute("BEGIN IMMEDIATE")  # nobody writes between the look and the row
            last = _last(connection, feedback)
            if last is not None and feedback.repeats(last):
                return last
            places = ", ".join("?" for _ in _COLUMNS)
            words = feedback.to_dict()
            values = [words[name] for name in _COLUMNS]
            connection.execute(f"INSERT INTO feedback ({_NAMES}) VALUES ({places})", values)
        return feedback

    def of_leads(self, leads: Sequence[str]) -> list[Feedback]:
        """All that was said of leads, newest first."""
        with self._store.open() as connection:
            return _select(connection, f"{_among(leads)} ORDER BY id DESC", *leads)

    def between(self, start: datetime, end: datetime) -> Iterator[Feedback]:
        """What was said in a time, oldest first."""
        with self._store.open() as connection:
            where = "id >= ? AND id < ? ORDER BY id"
            found = _select(connection, where, first_id(start), first_id(end))
        yield from found

    def forget(self, leads: Sequence[str] = (), *, before: datetime | None = None) -> int:
        """Delete what was said of leads, and what is old."""
        statement = f"DELETE FROM feedback WHERE {_among(leads)} OR id < ?"
        oldest = first_id(before) if before else ""
        return self._store.forget(statement, (*leads, oldest))


def _among(leads: Sequence[str]) -> str:
    return f"lead IN ({', '.join('?' for _ in leads)})"


def _last(connection: sqlite3.Connection, feedback: Feedback) -> Feedback | None:
    """What the same rep said last of the same lead, about the same thing."""
    where = "lead = ? AND rep = ? ORDER BY id DESC"
    said = _select(connection, where, feedback.lead, feedback.rep)
    return next((each for each in said if each.verdict.kind is feedback.verdict.kind), None)


def _select(connection: sqlite3.Connection, where: str, *values: str) -> list[Feedback]:
    rows = connection.execute(f"SELECT {_NAMES} FROM feedback WHERE {where}", values).fetchall()
    return [feedback_from(dict(zip(_COLUMNS, row, strict=True))) for row in rows]
