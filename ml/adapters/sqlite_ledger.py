"""The append-only, hash-chained ledger of a home, in SQLite."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path

from ml.adapters.sqlite_store import SqliteStore
from ml.contract.ledger import Action, LedgerEntry, LedgerEvent, entry_after, entry_from

_COLUMNS = (
    "model", "number", "at", "who", "action", "from", "to", "why", "previous_hash", "hash",
)  # fmt: skip
_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    model TEXT NOT NULL,
    number INTEGER NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    "from" TEXT,
    "to" TEXT NOT NULL,
    why TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (model, number)
);
CREATE TRIGGER IF NOT EXISTS entries_are_never_changed BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS entries_are_never_removed BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
"""

#: Who did what was written before the ledger asked.
BEFORE_THE_CHAIN = "unknown, before the ledger was chained"


class SqliteLedger:
    """Keeps entries under their numbers; triggers refuse every change to a past one.

    A ledger from before the chain is chained when it is opened first: its rows keep their order,
    times and words.

    Parameters
    ----------
    file : Path
        The home's `ledger.db`.
    """

    def __init__(self, file: Path) -> None:
        self._store = SqliteStore(file, _SCHEMA)
        with self._store.open() as connection:
            if _has_old(connection):
                _chain_old(connection)

    def append(self, entry: LedgerEntry) -> bool:
        """Add an entry, unless another has its number."""
        with self._store.open() as connection:
            return _insert(connection, entry)

    def entries(self, model: str) -> list[LedgerEntry]:
        """Entries of a model, oldest first."""
        query = f"SELECT {_NAMES} FROM entries WHERE model = ? ORDER BY number"
        with self._store.open() as connection:
            rows = connection.execute(query, (model,)).fetchall()
        return [entry_from(dict(zip(_COLUMNS, row, strict=True))) for row in rows]


def _insert(connection: sqlite3.Connection, entry: LedgerEntry) -> bool:
    words = entry.to_dict()
    places = ", ".join("?" for _ in _COLUMNS)
    statement = f"INSERT OR IGNORE INTO entries ({_NAMES}) VALUES ({places})"
    return connection.execute(statement, [words[name] for name in _COLUMNS]).rowcount == 1


def _has_old(connection: sqlite3.Connection) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'ledger'"
    return connection.execute(query).fetchone() is not None


def _chain_old(connection: sqlite3.Connection) -> None:
    """Move the rows of a ledger without hashes into the chain, all or none."""
    connection.execute("BEGIN IMMEDIATE")
    if not _has_old(connection):  # another process was faster
        return
    last: dict[str, LedgerEntry] = {}
    query = "SELECT at, action, model, previous, version, reason FROM ledger ORDER BY number"
    for row in connection.execute(query).fetchall():
        event = _old_event(*row)
        last[event.model] = entry_after(event, last.get(event.model))
        _insert(connection, last[event.model])
    connection.execute("DROP TABLE ledger")


def _old_event(
    at: str, action: str, model: str, previous: str | None, version: str, reason: str
) -> LedgerEvent:
    return LedgerEvent(
        at=datetime.fromisoformat(at),
        who=BEFORE_THE_CHAIN,
        action=Action(action),
        model=model,
        before=previous,
        version=version,
        why=reason,
    )
