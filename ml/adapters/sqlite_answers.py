"""Answers of a home under the keys of their requests, in SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from ml.adapters.sqlite_store import SqliteStore
from ml.contract.kept_answers import KeptAnswer
from ml.contract.receipts import receipt_from
from ml.core.scoring.inputs import as_json

_SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS answers (
    key TEXT NOT NULL PRIMARY KEY,
    request_sha256 TEXT NOT NULL,
    at TEXT NOT NULL,
    status INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    body BLOB NOT NULL,
    receipts TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answers_by_time ON answers (at);
CREATE TABLE IF NOT EXISTS answered_leads (
    lead TEXT NOT NULL,
    key TEXT NOT NULL REFERENCES answers (key) ON DELETE CASCADE,
    PRIMARY KEY (lead, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answered_leads_by_key ON answered_leads (key);
"""
_COLUMNS = "key, request_sha256, at, status, media_type, body, receipts"


class SqliteAnswers:
    """Keeps the first answer under each key.

    Parameters
    ----------
    file : Path
        The home's `answers.db`; made when it is first used.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    @cached_property
    def _store(self) -> SqliteStore:
        return SqliteStore(self._file, _SCHEMA)

    def keep(self, answer: KeptAnswer) -> KeptAnswer:
        """Keep an answer, unless there is one."""
        statement = f"INSERT OR IGNORE INTO answers ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
        with self._store.open() as connection:
            if connection.execute(statement, _row(answer)).rowcount:
                pairs = [(lead, answer.key) for lead in answer.leads]
                connection.executemany("INSERT INTO answered_leads VALUES (?, ?)", pairs)
        return self.find(answer.key) or answer

    def find(self, key: str) -> KeptAnswer | None:
        """The answer under a key."""
        with self._store.open() as connection:
            query = f"SELECT {_COLUMNS} FROM answers WHERE key = ?"
            row = connection.execute(query, (key,)).fetchone()
        return None if row is None else _answer(*row)

    def forget(self, leads: Sequence[str] = (), *, before: datetime | None = None) -> int:
        """Delete answers about leads, and the old ones."""
        about = f"SELECT key FROM answered_leads WHERE lead IN ({', '.join('?' for _ in leads)})"
        oldest = _time(before) if before else ""
        statement = f"DELETE FROM answers WHERE at < ? OR key IN ({about})"
        return self._store.forget(statement, (oldest, *leads))


def _row(answer: KeptAnswer) -> tuple[Any, ...]:
    words = [receipt.to_dict() for receipt in answer.receipts]
    receipts = orjson.dumps(words, default=as_json).decode()
    return (
        answer.key, answer.request_sha256, _time(answer.at), answer.status, answer.media_type,
        answer.body, receipts,
    )  # fmt: skip


def _time(at: datetime) -> str:
    """Of one width, so that texts sort as times do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _answer(
    key: str, request: str, at: str, status: int, media_type: str, body: bytes, receipts: str
) -> KeptAnswer:
    return KeptAnswer(
        key=key,
        request_sha256=request,
        at=datetime.fromisoformat(at),
        status=status,
        media_type=media_type,
        body=body,
        receipts=tuple(receipt_from(words) for words in orjson.loads(receipts)),
    )
