"""The append-only ledger of promotions and deployments, in SQLite."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ml.adapters.sqlite_store import SqliteStore
from ml.ports import LedgerEntry

_COLUMNS = "at, action, model, version, previous, reason"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS ledger (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    action TEXT NOT NULL,
    model TEXT NOT NULL,
    version TEXT NOT NULL,
    previous TEXT,
    reason TEXT NOT NULL
);
CREATE TRIGGER IF NOT EXISTS ledger_is_never_changed BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS ledger_is_never_shortened BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
"""


class SqliteLedger:
    """Keeps entries in their order; triggers refuse every change to a past one."""

    def __init__(self, file: Path) -> None:
        self._store = SqliteStore(file, _SCHEMA)

    def append(self, entry: LedgerEntry) -> None:
        """Add an entry."""
        values = (
            entry.at.isoformat(),
            entry.action,
            entry.model,
            entry.version,
            entry.previous,
            entry.reason,
        )
        statement = f"INSERT INTO ledger ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"
        with self._store.open() as connection:
            connection.execute(statement, values)

    def entries(self, model: str) -> list[LedgerEntry]:
        """Entries of a model, oldest first."""
        query = f"SELECT {_COLUMNS} FROM ledger WHERE model = ? ORDER BY number"
        with self._store.open() as connection:
            rows = connection.execute(query, (model,)).fetchall()
        return [self._entry(*row) for row in rows]

    @staticmethod
    def _entry(
        at: str, action: str, model: str, version: str, previous: str | None, reason: str
    ) -> LedgerEntry:
        when = datetime.fromisoformat(at)
        return LedgerEntry(
            at=when, action=action, model=model, version=version, previous=previous, reason=reason
        )
