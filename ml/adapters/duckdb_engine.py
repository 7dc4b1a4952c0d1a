"""DuckDB as the engine that runs SQL over files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from ml.contract.errors import DependencyUnavailable
from ml.contract.spelling import identifier, quote

_Setting = str | bool | int | float | list[str]

_READERS = {".parquet": "read_parquet", ".csv": "read_csv"}


class DuckdbEngine:
    """Runs each statement on a fresh in-memory database.

    Parameters
    ----------
    temp : Path or None, default=None
        Folder to which big sorts and joins spill; a new one per statement where None.
    memory_megabytes : int, default=768
        Memory after which DuckDB spills; less is slower on big tables. The process around it
        then stays below twice as much, on five million rows as well.
    threads : int or None, default=None
        Threads of one statement; all cores where None.

    Examples
    --------
    >>> DuckdbEngine().rows("SELECT 40 + 2 AS answer", {}).to_pylist()
    [{'answer': 42}]
    """

    def __init__(
        self,
        temp: Path | None = None,
        *,
        memory_megabytes: int = 768,
        threads: int | None = None,
    ) -> None:
        self._temp, self._memory, self._threads = temp, memory_megabytes, threads

    @property
    def dialect(self) -> str:
        """Name under which sqlglot knows the engine's SQL."""
        return "duckdb"

    def export(self, sql: str, tables: Mapping[str, Path], to: Path) -> int:
        """Write a query's rows as Parquet, in its order or the one table's; the number of rows."""
        with self._open(tables) as connection:
            connection.execute("SET preserve_insertion_order = true")
            counted = connection.execute(f"COPY ({sql}) TO {quote(str(to))} (FORMAT parquet)")
            (rows,) = counted.fetchone() or (0,)
        return int(rows)

    def rows(self, sql: str, tables: Mapping[str, Path]) -> pa.Table:
        """A query's rows in memory; for small answers."""
        with self._open(tables) as connection:
            return connection.sql(sql).to_arrow_table()

    def batches(
        self, sql: str, tables: Mapping[str, Path], size: int = 50_000
    ) -> Iterator[pa.RecordBatch]:
        """A query's rows in pieces of at most `size`, with memory that does not grow with them."""
        with self._open(tables) as connection:
            yield from connection.sql(sql).to_arrow_reader(size)

    @contextmanager
    def _open(self, tables: Mapping[str, Path]) -> Iterator[duckdb.DuckDBPyConnection]:
        with tempfile.TemporaryDirectory(dir=self._temp, prefix="duckdb-") as spill:
            connection = duckdb.connect(":memory:", config=self._config(spill))
            try:
                for name, file in tables.items():
                    connection.execute(_view(name, file))
                yield connection
            except duckdb.IOException as error:
                raise DependencyUnavailable(
                    f"DuckDB cannot read or write a file: {error}"
                ) from error
            finally:
                connection.close()

    def _config(self, spill: str) -> dict[str, _Setting]:
        config: dict[str, _Setting] = {
            "memory_limit": f"{self._memory}MB",
            "temp_directory": spill,
            "preserve_insertion_order": False,  # queries that need an order say so
            "autoinstall_known_extensions": False,  # never fetch anything
        }
        return config if self._threads is None else config | {"threads": self._threads}


def _view(name: str, file: Path) -> str:
    reader = _READERS.get(file.suffix.lower(), "read_parquet")
    return f"CREATE VIEW {identifier(name)} AS SELECT * FROM {reader}({quote(str(file))})"
