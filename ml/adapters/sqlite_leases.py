"""The right to retrain on a home, in SQLite: one holder at a time, and a number that only grows."""

from __future__ import annotations

import sqlite3
from functools import cached_property
from pathlib import Path
from typing import Any

from ml.adapters.sqlite_store import SqliteStore
from ml.contract.messages import RetrainEnded, RetrainWanted
from ml.contract.retraining import Lease, LeaseStanding, Refusal
from ml.contract.watch_policy import RetrainPolicy

_SCHEMA = """
CREATE TABLE IF NOT EXISTS leases (
    scope TEXT NOT NULL PRIMARY KEY,
    fence INTEGER NOT NULL,
    holder TEXT NOT NULL,
    taken_at INTEGER NOT NULL,
    expires_at INTEGER,
    run TEXT,
    started_at INTEGER
)
"""
#: An attempt this old that recorded no run died before it could.
LONGEST_START_SECONDS = 60
_TAKE = """
INSERT INTO leases (scope, fence, holder, taken_at, expires_at)
VALUES (:scope, 1, :holder, :now, :expiry)
ON CONFLICT (scope) DO UPDATE SET fence = fence + 1, holder = :holder, taken_at = :now,
    expires_at = :expiry, run = NULL
WHERE (expires_at IS NULL OR expires_at < :now
        OR (holder = :holder AND run IS NULL AND taken_at < :stale))
    AND (run IS NULL OR holder <> :holder)
    AND (:by_hand OR started_at IS NULL OR started_at <= :cooled)
RETURNING fence
"""


class SqliteLeases:
    """Leases of one model on a home; the same rules as those of an account, in DynamoDB.

    Parameters
    ----------
    file : Path
        The home's `leases.db`; made when it is first used.
    scope : str
        Which model.
    policy : RetrainPolicy
        Cooldown and length of a lease.
    """

    def __init__(self, file: Path, scope: str, policy: RetrainPolicy) -> None:
        self._file, self._scope = file, scope
        self._cooldown = round(policy.cooldown_hours * 3600)
        self._length = round(policy.lease_minutes * 60)

    @cached_property
    def _store(self) -> SqliteStore:
        return SqliteStore(self._file, _SCHEMA)

    def take(self, wanted: RetrainWanted, now: int) -> Lease | Refusal:
        """The lease, if nobody holds it and, unless a person asked, the cooldown is over."""
        values = {
            "scope": self._scope, "holder": wanted.run_key, "now": now,
            "expiry": now + self._length, "stale": now - LONGEST_START_SECONDS,
            "cooled": now - self._cooldown, "by_hand": wanted.is_manual,
        }  # fmt: skip
        with self._store.open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute(_TAKE, values).fetchone()
            if row is None:
                return _why(self._row(connection), wanted, now)
        return Lease(holder=wanted.run_key, token=row[0])

    def record(self, lease: Lease, run: str, now: int) -> bool:
        """Note which run was started; False if the lease went to somebody else meanwhile."""
        return self._change("run = ?, started_at = ?", "fence = ?", run, now, lease.token)

    def give_back(self, lease: Lease) -> bool:
        """Let the next request start at once, because this one could not."""
        return self._change("expires_at = NULL", "fence = ?", lease.token)

    def end(self, ended: RetrainEnded, now: int) -> bool:
        """Free the lease that a run holds; False if it holds none any more."""
        return self._change("expires_at = NULL", "run = ? AND expires_at IS NOT NULL", ended.run)

    def standing(self, now: int) -> LeaseStanding:
        """Who has it: the newest token, whether somebody holds it, and when a run last started."""
        with self._store.open() as connection:
            row = self._row(connection)
        if row is None:
            return LeaseStanding(token=0)
        held = row["expires_at"] is not None and row["expires_at"] >= now
        return LeaseStanding(
            token=row["fence"], running=held, started_at=row["started_at"], holder=row["holder"]
        )

    def _row(self, connection: sqlite3.Connection) -> dict[str, Any] | None:
        connection.row_factory = sqlite3.Row
        query = "SELECT * FROM leases WHERE scope = ?"
        row = connection.execute(query, (self._scope,)).fetchone()
        return None if row is None else dict(row)

    def _change(self, assignments: str, condition: str, *values: object) -> bool:
        statement = f"UPDATE leases SET {assignments} WHERE {condition} AND scope = ?"
        with self._store.open() as connection:
            return connection.execute(statement, (*values, self._scope)).rowcount == 1


def _why(row: dict[str, Any] | None, wanted: RetrainWanted, now: int) -> Refusal:
    row = row or {}
    if (row.get("expires_at") or -1) >= now:
        return Refusal.ALREADY_RUNNING
    if row.get("holder") == wanted.run_key and row.get("run") is not None:
        return Refusal.DUPLICATE
    return Refusal.COOLING_DOWN
