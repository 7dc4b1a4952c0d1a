"""The journal of finished steps, in SQLite."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import cast

from ml.adapters.sqlite_store import SqliteStore
from ml.contract.records import JsonObject, Record

_SCHEMA = """
CREATE TABLE IF NOT EXISTS steps (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    use_case TEXT NOT NULL,
    step TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS steps_by_inputs ON steps (use_case, step, fingerprint);
"""


class SqliteJournal:
    """Remembers the record of every finished step under the fingerprint of its inputs."""

    def __init__(self, file: Path) -> None:
        self._store = SqliteStore(file, _SCHEMA)

    def finished(self, use_case: str, step: str, fingerprint: str) -> JsonObject | None:
        """The newest record with these inputs."""
        return self._one(
            "use_case = ? AND step = ? AND fingerprint = ?", use_case, step, fingerprint
        )

    def latest(self, use_case: str, step: str) -> JsonObject | None:
        """The newest record of a step."""
        return self._one("use_case = ? AND step = ?", use_case, step)

    def _one(self, where: str, *values: str) -> JsonObject | None:
        query = f"SELECT record FROM steps WHERE {where} ORDER BY number DESC LIMIT 1"
        with self._store.open() as connection:
            row = connection.execute(query, values).fetchone()
        return None if row is None else cast(JsonObject, json.loads(row[0]))

    def finish(self, use_case: str, step: str, fingerprint: str, record: Record) -> None:
        """Keep a record."""
        statement = "INSERT INTO steps (use_case, step, fingerprint, record) VALUES (?, ?, ?, ?)"
        with self._store.open() as connection:
            connection.execute(statement, (use_case, step, fingerprint, json.dumps(asdict(record))))
