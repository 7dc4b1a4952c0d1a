"""Cleaning on Spark: the same intake and the same statements as everywhere, in Spark's words."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, Row, SparkSession

from ml.contract.names import LINE, Purpose, Zone
from ml.contract.places import partition
from ml.contract.records import RowCount
from ml.contract.use_case import UseCase
from ml.core.cleaning.quarantined import quarantined
from ml.core.cleaning.sql import (
    BROKEN,
    REPEATS,
    TEXT,
    CleaningSql,
    judged_columns,
)
from ml.core.intake import QUARANTINE_SCHEMA, admit, quarantine_batch, text_schema

_HELD_ROWS = 5_000


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """Where the rows of a file went; `version` is the SHA-256 of its bytes."""

    version: str
    rows: RowCount


def clean_file(spark: SparkSession, use_case: UseCase, *, source: Path, target: str) -> Cleaned:
    """Write a file's clean rows and its quarantine as Parquet, partitioned by its content's hash.

    The same bytes give the same partitions, whole: a repeated run replaces what it wrote before.

    Parameters
    ----------
    spark : SparkSession
    use_case : UseCase
        Whose leads they are; every column is judged, as for training.
    source : Path
        The file, on the driver.
    target : str
        Bucket or folder to write below: ``s3://clean``, ``file:///tmp/clean``.

    Raises
    ------
    InputRefused
        If the file as a whole cannot be read as leads.
    LeadwiseError
        If a row was lost on the way.
    """
    with source.open("rb") as stream:
        version = hashlib.file_digest(stream, "sha256").hexdigest()
    with tempfile.TemporaryDirectory() as folder:
        run = _Run(
            spark=spark, use_case=use_case, target=target, version=version, folder=Path(folder)
        )
        received, held_at_the_gate = run.admit(source)
        accepted, held = run.clean(), run.quarantine()
        deduplicated = run.deduplicated()
    rows = RowCount(
        received=received,
        accepted=accepted,
        quarantined=held_at_the_gate + held,
        deduplicated=deduplicated,
    )
    return Cleaned(version=version, rows=rows)


@dataclass(frozen=True, kw_only=True)
class _Run:
    """One file on its way; each statement leaves a view for the next."""

    spark: SparkSession
    use_case: UseCase
    target: str
    version: str
    folder: Path

    @cached_property
    def sql(self) -> CleaningSql:
        """The statements, in Spark's SQL."""
        use_case = self.use_case
        return CleaningSql(
            schema=use_case.schema,
            judged=judged_columns(use_case.schema, Purpose.TRAIN, use_case.moments[-1]),
            dialect="spark",
        )

    def place(self, zone: Zone) -> str:
        """Where this file's rows of a zone lie."""
        return f"{self.target}/{partition(zone, self.use_case.name, self.version)}"

    def admit(self, source: Path) -> tuple[int, int]:
        """Rows as text where executors read them; how many came, how many were held back."""
        text, faults = self.folder / "text.parquet", self.folder / "gate.parquet"
        with (
            source.open("rb") as stream,
            pq.ParquetWriter(text, text_schema(self.use_case)) as rows,
            pq.ParquetWriter(faults, QUARANTINE_SCHEMA) as held,
        ):
            admission = admit(
                stream,
                use_case=self.use_case,
                purpose=Purpose.TRAIN,
                moment=self.use_case.moments[-1],
                name=source.name,
            )
            for part in admission.parts():
                rows.write_batch(part.batch)
                held.write_batch(quarantine_batch(part.faults))
        self._view(TEXT, self.spark.read.parquet(self._send(text)))
        return admission.received, admission.quarantined

    def clean(self) -> int:
        """Accepted rows, written; their number."""
        for name, statement in ((BROKEN, self.sql.broken), (REPEATS, self.sql.repeats)):
            self._view(name, self.spark.sql(statement))
        place = self.place(Zone.CLEAN)
        self.spark.sql(self.sql.clean).write.mode("overwrite").parquet(place)
        return self.spark.read.parquet(place).count()

    def quarantine(self) -> int:
        """Rows held back at the gate and here, written; the number of those held here."""
        here, count = self.folder / "here.parquet", 0
        with pq.ParquetWriter(here, QUARANTINE_SCHEMA) as writer:
            for batch in self._held():
                count += batch.num_rows
                writer.write_batch(quarantined(batch, self.use_case.schema))
        sent = [self._send(file) for file in (self.folder / "gate.parquet", here)]
        rows = self.spark.read.parquet(*sent).orderBy(LINE, "column", "rule")
        rows.coalesce(1).write.mode("overwrite").parquet(self.place(Zone.QUARANTINE))
        return count

    def deduplicated(self) -> int:
        """Rows that repeat another."""
        return int(self.spark.sql(self.sql.repeated).collect()[0][0])

    def _held(self) -> Iterator[pa.RecordBatch]:
        held = self.spark.sql(self.sql.held)
        kinds = pa.schema([(n, pa.int64() if n == LINE else pa.string()) for n in held.columns])
        waiting: list[Row] = []
        for row in held.toLocalIterator():
            waiting.append(row)
            if len(waiting) == _HELD_ROWS:
                yield _batch(waiting, kinds)
                waiting = []
        yield _batch(waiting, kinds)

    def _send(self, file: Path) -> str:
        """Put a file of the driver where executors find it."""
        session: Any = self.spark  # Spark has no public way to its file systems
        hadoop = session._jvm.org.apache.hadoop.fs
        to = hadoop.Path(f"{self.place(Zone.TEXT)}{file.name}")
        system = to.getFileSystem(session._jsc.hadoopConfiguration())
        system.copyFromLocalFile(False, True, hadoop.Path(str(file)), to)
        return str(to)

    def _view(self, name: str, rows: DataFrame) -> None:
        rows.cache().createOrReplaceTempView(name)


def _batch(rows: list[Row], kinds: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([row.asDict() for row in rows], schema=kinds)
