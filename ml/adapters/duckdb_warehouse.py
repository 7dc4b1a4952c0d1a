"""The laptop's warehouse: one DuckDB file with a schema per use case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ml.contract.errors import DependencyUnavailable, UsageError
from ml.contract.names import LOADED_VERSION


class DuckdbWarehouse:
    """Tables called `<use case>.<table>` in one file.

    Parameters
    ----------
    file : Path
        The database; opened for each call, so that no process keeps others out.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    @contextmanager
    def _open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            with closing(duckdb.connect(str(self._file))) as connection:
                yield connection
        except duckdb.IOException as error:
            raise DependencyUnavailable(
                f"{self._file.name} in this home cannot be opened ({error}); "
                "close the program that has it open, then try again"
            ) from error

    def load(self, table: str, file: Path, version: str) -> int:
        """Replace the rows that `version` loaded before by those of a Parquet file.

        Parameters
        ----------
        table : str
            `<use case>.<table>`; made from the file's columns if absent.
        file : Path
            Parquet.
        version : str
            Names the load; loading it twice leaves one copy.

        Returns
        -------
        int
            Rows loaded.
        """
        name = self._quoted(table)
        rows = f"SELECT *, $version AS {LOADED_VERSION} FROM read_parquet($file)"
        values = {"version": version, "file": str(file)}
        with self._open() as connection:
            connection.begin()
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{table.partition(".")[0]}"')
            connection.execute(f"CREATE TABLE IF NOT EXISTS {name} AS {rows} LIMIT 0", values)
            connection.execute(
                f"DELETE FROM {name} WHERE {LOADED_VERSION} = $version", {"version": version}
            )
            connection.execute(f"INSERT INTO {name} BY NAME {rows}", values)
            count = connection.execute(
                f"SELECT count(*) FROM {name} WHERE {LOADED_VERSION} = $v", {"v": version}
            ).fetchone()
            connection.commit()
        return int(count[0]) if count else 0

    @staticmethod
    def _quoted(table: str) -> str:
        parts = table.split(".")
        if len(parts) != 2 or not all(part.isidentifier() for part in parts):
            raise UsageError(
                f"table {table!r} must be called <use case>.<table>, such as lead_conversion.leads"
            )
        return ".".join(f'"{part}"' for part in parts)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """Rows of a query with `?` for parameters."""
        with self._open() as connection:
            return connection.sql(sql, params=list(parameters)).to_arrow_table()
