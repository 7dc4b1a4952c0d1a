"""Users, API keys and sessions of a home, in a SQLite file that only its owner may read."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from pathlib import Path

from ml.adapters.sqlite_store import SqliteStore
from ml.contract.access import Account, AccountKind, Role

#: Below the home.
ACCESS = "serving/access.db"
_OWNER_ONLY = 0o600
_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    name TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    role TEXT NOT NULL,
    secret TEXT NOT NULL,
    since TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS sessions (
    digest TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    until TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS tries (
    digest TEXT NOT NULL,
    at TEXT NOT NULL
);
"""


class SqliteAccounts:
    """Keeps accounts under their names; hashes only, never a password or key.

    Parameters
    ----------
    file : Path
        The home's `serving/access.db`.
    """

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(_OWNER_ONLY)
        self._store = SqliteStore(file, _SCHEMA)

    def all(self) -> list[Account]:
        """Every account, by name."""
        with self._store.open() as connection:
            rows = connection.execute("SELECT * FROM accounts ORDER BY name").fetchall()
        return [
            Account(
                name=name,
                kind=AccountKind(kind),
                role=Role.named(role),
                secret=secret,
                since=datetime.fromisoformat(since),
            )
            for name, kind, role, secret, since in rows
        ]

    def add(self, account: Account) -> bool:
        """Keep an account, unless its name is taken."""
        row = (
            account.name, account.kind, account.role.word, account.secret,
            account.since.isoformat(),
        )  # fmt: skip
        with self._store.open() as connection:
            statement = "INSERT OR IGNORE INTO accounts VALUES (?, ?, ?, ?, ?)"
            return connection.execute(statement, row).rowcount == 1

    def remove(self, account: Account) -> None:
        """Forget an account and all its sessions."""
        with self._store.open() as connection:
            connection.execute("DELETE FROM accounts WHERE name = ?", (account.name,))
            connection.execute("DELETE FROM sessions WHERE name = ?", (account.name,))

    def renew(self, account: Account, secret: str) -> bool:
        """Give an account another hash and end its sessions; False where it is another by now."""
        statement = "UPDATE accounts SET secret = ? WHERE name = ? AND secret = ?"
        with self._store.open() as connection:
            row = (secret, account.name, account.secret)
            done = connection.execute(statement, row).rowcount == 1
            if done:
                connection.execute("DELETE FROM sessions WHERE name = ?", (account.name,))
        return done

    def begin(self, digest: str, name: str, *, now: datetime, until: datetime) -> None:
        """Let a user be signed in until then."""
        with self._store.open() as connection:
            connection.execute("DELETE FROM sessions WHERE until <= ?", (now.isoformat(),))
            connection.execute(
                "INSERT INTO sessions VALUES (?, ?, ?)", (digest, name, until.isoformat())
            )

    def name_of(self, digest: str, now: datetime) -> str | None:
        """The user of a session that is not over."""
        query = "SELECT name FROM sessions WHERE digest = ? AND until > ?"
        with self._store.open() as connection:
            row = connection.execute(query, (digest, now.isoformat())).fetchone()
        return None if row is None else str(row[0])

    def end(self, digest: str) -> None:
        """Sign out."""
        with self._store.open() as connection:
            connection.execute("DELETE FROM sessions WHERE digest = ?", (digest,))

    def tried(self, digest: str, *, now: datetime, most: int, within: timedelta) -> int:
        """Count a try under a name's hash; the seconds to wait where there were too many."""
        with self._store.open() as connection:
            connection.execute("BEGIN IMMEDIATE")  # workers count together
            connection.execute("DELETE FROM tries WHERE at <= ?", ((now - within).isoformat(),))
            query = "SELECT at FROM tries WHERE digest = ? ORDER BY at DESC LIMIT ?"
            found = connection.execute(query, (digest, most)).fetchall()
            if len(found) < most:
                connection.execute("INSERT INTO tries VALUES (?, ?)", (digest, now.isoformat()))
                return 0
        over = datetime.fromisoformat(found[-1][0]) + within
        return max(1, math.ceil((over - now).total_seconds()))
