"""The laptop's warehouse: one DuckDB file with a schema per use case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from sqlglot.errors import SqlglotError

from ml.contract.errors import DependencyUnavailable, StatementFailed
from ml.contract.migrations import FoundColumn, additions, check_file, found_sql
from ml.contract.names import LOADED_VERSION
from ml.contract.spelling import identifier
from ml.contract.table_ddl import Dialect, table_ddl
from ml.contract.table_names import TableName
from ml.contract.use_case import UseCase


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
        except (duckdb.Error, SqlglotError) as error:
            words = " ".join(str(error).split())
            raise StatementFailed(f"DuckDB could not run a statement: {words}") from error

    def prepare(self, use_case: UseCase) -> None:
        """Make the use case's tables, or add the columns that they lack.

        Raises
        ------
        OtherSchemaVersion
            If a column would change its type or disappear; then nothing is changed.
        """
        with self._open() as connection:
            found = _found(connection, use_case.name)
            if added := additions(use_case, found, Dialect.DUCKDB):
                connection.begin()
                for statement in (*table_ddl(use_case, Dialect.DUCKDB), *added):
                    connection.execute(statement)
                connection.commit()

    def load(self, table: str, file: Path, version: str) -> int:
        """Replace the rows that `version` loaded before by those of a Parquet file.

        Parameters
        ----------
        table : str
            `<use case>.<table>`, of a use case that was prepared.
        file : Path
            Parquet; columns that the table has and the file has not become NULL.
        version : str
            Names the load; loading it twice leaves one copy.

        Returns
        -------
        int
            Rows loaded.

        Raises
        ------
        OtherSchemaVersion
            If the file has a column that the table has not.
        """
        name, columns = TableName.of(table), pq.read_schema(file).names
        listed = ", ".join(identifier(column) for column in columns)
        with self._open() as connection:
            check_file(name, columns, _found(connection, name.schema))
            connection.begin()
            connection.execute(
                f"DELETE FROM {name.sql} WHERE {LOADED_VERSION} = $v", {"v": version}
            )
            inserted = connection.execute(
                f"INSERT INTO {name.sql} ({listed}, {LOADED_VERSION}) "
                f"SELECT {listed}, $version FROM read_parquet($file)",
                {"version": version, "file": str(file)},
            ).fetchall()
            connection.commit()
        return int(inserted[0][0])

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """Rows of a query in Redshift's dialect, with `:name` for parameters."""
        with self._open() as connection:
            return connection.sql(_dialect(sql), params=dict(parameters or {})).to_arrow_table()

    def export(self, sql: str, to: Path, parameters: Mapping[str, Any] | None = None) -> int:
        """Write a query's rows as Parquet, all or nothing; their number."""
        half = to.with_name(f".{to.name}.part")
        with self._open() as connection:
            rows = connection.sql(_dialect(sql), params=dict(parameters or {}))
            rows.write_parquet(str(half), compression="zstd")
        half.replace(to)
        return int(pq.read_metadata(to).num_rows)


def _found(connection: duckdb.DuckDBPyConnection, schema: str) -> list[FoundColumn]:
    return [FoundColumn(*row) for row in connection.execute(found_sql(schema)).fetchall()]


def _dialect(sql: str) -> str:
    return sqlglot.transpile(sql, read="redshift", write="duckdb")[0]
