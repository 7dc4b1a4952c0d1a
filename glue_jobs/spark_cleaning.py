"""Cleaning on Spark: the same intake and the same statements as everywhere, in Spark's words."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from glue_jobs.spark_tables import SparkTables
from glue_jobs.storage import Storage, StoredFile
from ml.contract.names import LINE, Purpose, Zone
from ml.contract.places import partition
from ml.contract.records import RowCount
from ml.contract.use_case import UseCase
from ml.core.canonical import canonical_hash
from ml.core.cleaning.run import clean_tables, held_rows
from ml.core.cleaning.sql import CLEAN, TEXT, CleaningSql, judged_columns
from ml.core.intake import QUARANTINE_SCHEMA, admit, quarantine_batch, text_schema
from ml.core.parquet_columns import ParquetColumns


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """What a file became.

    Parameters
    ----------
    version : str
        SHA-256 of its bytes.
    rows : RowCount
        Where its rows went.
    canonical_hash : str
        Fingerprint of the clean rows.
    columns : tuple of str
        Those of every part, in their order.
    parts : tuple of StoredFile
        Parquet files of the clean rows.
    warnings : dict of str to int
        Accepted rows under keys such as 'UNSEEN_LEVEL lead_source'.
    """

    version: str
    rows: RowCount
    canonical_hash: str
    columns: tuple[str, ...]
    parts: tuple[StoredFile, ...]
    warnings: dict[str, int] = field(default_factory=dict)


def file_version(source: Path) -> str:
    """SHA-256 of a file's bytes: what its partitions are called."""
    with source.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def cleaning_sql(use_case: UseCase) -> CleaningSql:
    """The statements that judge every column, as for training, in Spark's SQL."""
    return CleaningSql(
        schema=use_case.schema,
        judged=judged_columns(use_case.schema, Purpose.TRAIN, use_case.moments[-1]),
        consistency=use_case.consistency,
        dialect="spark",
    )


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
    version = file_version(source)
    with tempfile.TemporaryDirectory() as folder:
        run = _Run(spark, use_case, target, version, Path(folder))
        try:
            return run.clean(source)
        finally:
            spark.catalog.clearCache()


class _Run:
    """One file on its way."""

    def __init__(
        self, spark: SparkSession, use_case: UseCase, target: str, version: str, folder: Path
    ) -> None:
        self._use_case, self._target, self._version = use_case, target, version
        self._spark, self._storage, self._folder = spark, Storage(spark), folder
        self._sql = cleaning_sql(use_case)
        self._tables = SparkTables(spark, {CLEAN: self._place(Zone.CLEAN)})

    def clean(self, source: Path) -> Cleaned:
        admitted = self._admit(source)
        self._tables.read(TEXT, self._send("text.parquet"))
        rows, warnings = clean_tables(self._sql, self._tables, admitted)
        self._quarantine(held=rows.quarantined > admitted.quarantined)
        parts = self._storage.parts(self._place(Zone.CLEAN))
        local = ParquetColumns(*self._fetched(parts))
        return Cleaned(
            version=self._version,
            rows=rows,
            canonical_hash=canonical_hash(local, id_column=self._use_case.schema.id.name),
            columns=tuple(local.column_names),
            parts=tuple(parts),
            warnings=warnings,
        )

    def _place(self, zone: Zone) -> str:
        """Where this file's rows of a zone lie."""
        return f"{self._target}/{partition(zone, self._use_case.name, self._version)}"

    def _admit(self, source: Path) -> RowCount:
        """Rows as text, and those that are held back at the gate, on the driver."""
        with (
            source.open("rb") as stream,
            pq.ParquetWriter(self._folder / "text.parquet", text_schema(self._use_case)) as rows,
            pq.ParquetWriter(self._folder / "gate.parquet", QUARANTINE_SCHEMA) as held,
        ):
            admission = admit(
                stream,
                use_case=self._use_case,
                purpose=Purpose.TRAIN,
                moment=self._use_case.moments[-1],
                name=source.name,
            )
            for part in admission.parts():
                rows.write_batch(part.batch)
                held.write_batch(quarantine_batch(part.faults))
        return RowCount(
            received=admission.received,
            accepted=admission.accepted,
            quarantined=admission.quarantined,
        )

    def _quarantine(self, *, held: bool) -> None:
        """Rows held back at the gate and here, by ascending line."""
        with pq.ParquetWriter(self._folder / "here.parquet", QUARANTINE_SCHEMA) as writer:
            for batch in held_rows(self._sql, self._tables) if held else ():
                writer.write_batch(batch)
        sent = [self._send(name) for name in ("gate.parquet", "here.parquet")]
        rows = self._spark.read.parquet(*sent).orderBy(LINE, "column", "rule")
        rows.coalesce(1).write.mode("overwrite").parquet(self._place(Zone.QUARANTINE))

    def _send(self, name: str) -> str:
        """Put a file of the driver where executors find it."""
        uri = f"{self._place(Zone.TEXT)}{name}"
        self._storage.send(self._folder / name, uri)
        return uri

    def _fetched(self, parts: list[StoredFile]) -> list[Path]:
        """Copies on the driver, which the fingerprint reads column by column."""
        files = [self._folder / f"{number}.parquet" for number in range(len(parts))]
        for part, file in zip(parts, files, strict=True):
            self._storage.fetch(part.uri, file)
        return files
