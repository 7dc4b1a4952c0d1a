"""Spark as the engine that runs SQL over files, on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.errors import DependencyUnavailable

_WORKER = Path(__file__).with_name("spark_worker.py")
_GOODBYE_SECONDS = 20


class SparkEngine:
    """Runs each statement in one Spark session, which starts with the first and ends with `close`.

    Parameters
    ----------
    python : Path
        Python of the environment that holds Spark: it wants older packages than the rest.
    memory_megabytes : int, default=2048
        Heap of Spark's Java.
    threads : int or None, default=None
        Tasks at a time; all cores where None.
    """

    def __init__(
        self, python: Path, *, memory_megabytes: int = 2048, threads: int | None = None
    ) -> None:
        self._python = python
        self._process: subprocess.Popen[str] | None = None
        self._log: IO[str] | None = None
        self._cores = cores = threads or os.cpu_count() or 1
        self._options = {
            "spark.master": f"local[{cores}]",
            "spark.driver.memory": f"{memory_megabytes}m",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.sql.session.timeZone": "UTC",
            # The default of 200 is for many machines.
            "spark.sql.shuffle.partitions": str(2 * cores),
        }

    @property
    def dialect(self) -> str:
        """Name under which sqlglot knows the engine's SQL."""
        return "spark"

    def export(self, sql: str, tables: Mapping[str, Path], to: Path) -> int:
        """Write a query's rows as Parquet, in the order of its ORDER BY; the number of rows.

        Raises
        ------
        DependencyUnavailable
            If Spark is not installed, refuses the statement, or dies.
        """
        files = {name: str(file) for name, file in tables.items()}
        return self.ask("a statement", {"do": "export", "sql": sql, "tables": files, "to": str(to)})

    def rows(self, sql: str, tables: Mapping[str, Path]) -> pa.Table:
        """A query's rows in memory; for small answers."""
        with tempfile.TemporaryDirectory(prefix="spark-") as folder:
            file = Path(folder) / "rows.parquet"
            self.export(sql, tables, file)
            return pq.read_table(file)

    def batches(
        self, sql: str, tables: Mapping[str, Path], size: int = 50_000
    ) -> Iterator[pa.RecordBatch]:
        """A query's rows in pieces of at most `size`, with memory that does not grow with them."""
        with tempfile.TemporaryDirectory(prefix="spark-") as folder:
            file = Path(folder) / "rows.parquet"
            self.export(sql, tables, file)
            yield from pq.ParquetFile(file).iter_batches(size)

    def close(self) -> None:
        """End Spark, if it runs."""
        process, self._process = self._process, None
        if process is None or self._log is None:
            return
        with suppress(OSError), process, self._log:
            _pipe(process.stdin).close()
            try:
                process.wait(_GOODBYE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    def ask(self, what: str, request: Mapping[str, object]) -> int:
        """Let Spark do something; the number of rows that came of it.

        Raises
        ------
        DependencyUnavailable
            If Spark is not installed, cannot do `what`, or dies.
        """
        answer = self._answer(request)
        if "error" in answer:
            raise DependencyUnavailable(f"Spark cannot run {what}: {answer['error']}")
        return int(answer["rows"])

    @property
    def tasks(self) -> int:
        """What it does at a time."""
        return self._cores

    def _answer(self, request: Mapping[str, object]) -> dict[str, str]:
        process = self._process or self._start()
        try:
            _say(process, request)
            answer = _pipe(process.stdout).readline()
        except OSError:
            answer = ""
        if not answer:
            last = self._last_words()
            self.close()
            raise DependencyUnavailable(
                f"Spark ended with exit code {process.wait()} before it answered ({last}); "
                "give the machine more memory, or use --engine duckdb"
            )
        said: dict[str, str] = json.loads(answer)
        return said

    def _start(self) -> subprocess.Popen[str]:
        if not self._python.is_file():
            raise DependencyUnavailable(
                f"Spark is not installed: there is no {self._python}; run `make spark`, "
                "or use --engine duckdb"
            )
        self._log = TemporaryFile("w+")  # noqa: SIM115 - it lives as long as the process
        self._process = subprocess.Popen(
            [self._python, _WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=os.environ | {"SPARK_LOCAL_IP": "127.0.0.1"},
        )
        _say(self._process, self._options)
        return self._process

    def _last_words(self) -> str:
        """The last line that Java printed; its log is of interest only then."""
        assert self._log is not None, "a process that ran has a log"
        self._log.seek(0)
        lines = [line.strip() for line in self._log if line.strip()]
        return lines[-1][:300] if lines else "it printed nothing"


def _say(process: subprocess.Popen[str], words: Mapping[str, object]) -> None:
    pipe = _pipe(process.stdin)
    pipe.write(json.dumps(words) + "\n")
    pipe.flush()


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None, "both ends of Spark's process are pipes"
    return pipe
