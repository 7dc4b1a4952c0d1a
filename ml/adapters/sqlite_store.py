"""One small SQLite file, opened the same way by all that keep theirs in one."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from filelock import FileLock

from ml.contract.errors import DependencyUnavailable

_ROOM = "make room on its disk: what was kept before is whole"
_RESTORE = "stop its server and restore it from a copy, or start a new home"


class SqliteStore:
    """Opens a SQLite file, makes its tables, and lets two processes write in turn.

    Parameters
    ----------
    file : Path
        The database; made with its folder if absent.
    schema : str
        `CREATE ... IF NOT EXISTS` statements.
    patience_seconds : float, default=30
        How long to wait for another process that writes.
    """

    def __init__(self, file: Path, schema: str, *, patience_seconds: float = 30.0) -> None:
        self._file, self._kept = file, threading.local()
        self._patience = patience_seconds
        file.parent.mkdir(parents=True, exist_ok=True)
        # Two that turn one new file to WAL at once do not wait for each other, but fail.
        with FileLock(file.with_suffix(".lock")), self.open() as connection:
            connection.executescript(schema)

    def forget(self, statement: str, values: Sequence[str]) -> int:
        """Run a DELETE that leaves nothing of its rows in the file; how many there were."""
        with self.open() as connection:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA foreign_keys = ON")
            removed = connection.execute(statement, values).rowcount
            connection.commit()
            # While a writer keeps the file open, its log would hold the rows.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return removed

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are kept unless the block raises."""
        with self._told(), closing(self._connect()) as connection, connection:
            yield connection

    @contextmanager
    def kept_open(self) -> Iterator[sqlite3.Connection]:
        """As `open`, with a connection that the thread keeps: for who writes many times a second.

        The last connection that closes puts all changes in their places and waits for the disk.
        """
        with self._told():
            connection = self._of_thread()
            try:
                with connection:
                    yield connection
            except sqlite3.DatabaseError:
                self._kept.connection = None
                connection.close()
                raise

    def _of_thread(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._kept, "connection", None)
        if connection is None:
            connection = self._kept.connection = self._connect()
        return connection

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=self._patience)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", None)
            move = _ROOM if code == sqlite3.SQLITE_FULL else _RESTORE
            raise DependencyUnavailable(
                f"{self._file.name} in this home cannot be used ({error}); {move}"
            ) from error
