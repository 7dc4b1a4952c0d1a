"""One small SQLite file, opened the same way by all that keep theirs in one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from ml.contract.errors import DependencyUnavailable


class SqliteStore:
    """Opens a SQLite file, makes its tables, and lets two processes write in turn.

    Parameters
    ----------
    file : Path
        The database; made with its folder if absent.
    schema : str
        `CREATE ... IF NOT EXISTS` statements.
    """

    def __init__(self, file: Path, schema: str) -> None:
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        with self.open() as connection:
            connection.executescript(schema)

    def forget(self, statement: str, values: Sequence[str]) -> int:
        """Run a DELETE that leaves nothing of its rows in the file; how many there were."""
        with self.open() as connection:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA foreign_keys = ON")
            return connection.execute(statement, values).rowcount

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are kept unless the block raises."""
        try:
            with closing(sqlite3.connect(self._file, timeout=30)) as connection, connection:
                yield connection
        except sqlite3.DatabaseError as error:
            raise DependencyUnavailable(
                f"{self._file.name} in this home cannot be used ({error}); "
                "restore it from a copy, or start a new home"
            ) from error
