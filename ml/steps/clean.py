"""Clean: admitted text becomes typed rows; rows that break a rule join the quarantine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.names import LINE, Purpose, Step, Table, Zone
from ml.contract.records import CleanRecord, IngestRecord
from ml.contract.spelling import identifier
from ml.contract.use_case import UseCase
from ml.core.canonical import canonical_hash
from ml.core.cleaning.run import clean_tables, held_rows
from ml.core.cleaning.sql import CLEAN, HELD, TEXT, CleaningSql, judged_columns, render
from ml.core.dataset_parts import publish_parts
from ml.core.parquet_columns import ParquetColumns
from ml.core.quarantine import QUARANTINE_SCHEMA
from ml.ports import Engine, Progress, Runtime, Warehouse

_PARTS = 6


def clean(
    use_case: UseCase, runtime: Runtime, *, ingest: IngestRecord, hashed: bool = True
) -> CleanRecord:
    """Type the admitted rows, hold back those that break a rule, and say what is odd.

    Parameters
    ----------
    ingest : IngestRecord
        The file to clean. Read to train, every column is judged; read to score, only the id
        and the columns up to the moment.
    hashed : bool, default=True
        Take the canonical hash of the clean rows. It costs a quarter of the cleaning; without, it
        is empty in the record.

    Returns
    -------
    CleanRecord
        `rows` accounts for every row of the file. `warnings` counts accepted rows under
        keys such as 'UNSEEN_LEVEL lead_source'. Rows that are neither clean nor in quarantine
        repeat an accepted or quarantined one.
    """
    runtime.progress.start(Step.CLEAN, _PARTS)
    purpose, moment = Purpose(ingest.purpose), use_case.moment(ingest.moment)
    sql = CleaningSql(
        schema=use_case.schema,
        judged=judged_columns(use_case.schema, purpose, moment),
        consistency=use_case.consistency,
        dialect=runtime.engine.dialect,
    )
    with runtime.lake.scratch() as folder:
        text = runtime.lake.fetch(ingest.text)
        tables = _EngineTables(runtime.engine, runtime.progress, folder, {TEXT: text})
        rows, warnings = clean_tables(sql, tables, ingest.rows)
        record = CleanRecord(
            source_sha256=ingest.file_sha256,
            clean=_key(Zone.CLEAN, ingest, sql),
            quarantine=_key(Zone.QUARANTINE, ingest, sql),
            canonical_hash=tables.fingerprint(use_case.schema.id.name) if hashed else "",
            rows=rows,
            warnings=warnings,
        )
        quarantine = _quarantine(sql, tables, runtime.lake.fetch(ingest.quarantine))
        if purpose is Purpose.TRAIN:
            _load(use_case, runtime.warehouse, tables.files[CLEAN], ingest.file_sha256)
        runtime.lake.publish(record.quarantine, quarantine)
        data = publish_parts({record.clean: tables.files[CLEAN]}, runtime.lake)
    runtime.progress.done(f"{rows.accepted:,} of {rows.received:,} rows")
    return replace(record, data=data)


def _load(use_case: UseCase, warehouse: Warehouse, clean: Path, version: str) -> None:
    warehouse.prepare(use_case)
    warehouse.load(f"{use_case.name}.{Table.LEADS}", clean, version)


def _key(zone: Zone, ingest: IngestRecord, sql: CleaningSql) -> str:
    """Where a result lies: beside the text that it was made of, by the rules that made it."""
    rules = "".join((sql.broken, sql.repeats, sql.clean))
    text = ingest.text.removeprefix(f"{Zone.TEXT}/").removesuffix(".parquet")
    return f"{zone}/{text}-{hashlib.sha256(rules.encode()).hexdigest()[:8]}.parquet"


@dataclass(frozen=True)
class _EngineTables:
    """Tables that an engine keeps as Parquet files in a folder."""

    engine: Engine
    progress: Progress
    folder: Path
    files: dict[str, Path]

    def keep(self, name: str, sql: str) -> int:
        """Keep a query's rows as one more table; their number."""
        rows = self.engine.export(sql, self.files, self.folder / f"{name}.parquet")
        self.files[name] = self.folder / f"{name}.parquet"
        self.progress.advance(note=f"{name}: {rows:,} rows")
        return rows

    def one(self, sql: str) -> dict[str, Any]:
        """The only row of a query."""
        rows: list[dict[str, Any]] = self.engine.rows(sql, self.files).to_pylist()
        return rows[0]

    def batches(self, sql: str, size: int) -> Iterator[pa.RecordBatch]:
        """A query's rows in pieces."""
        return self.engine.batches(sql, self.files, size)

    def fingerprint(self, id_column: str) -> str:
        """Canonical hash of the clean rows."""
        found = canonical_hash(ParquetColumns(self.files[CLEAN]), id_column=id_column)
        self.progress.advance(note="fingerprint")
        return found


def _quarantine(sql: CleaningSql, tables: _EngineTables, admitted: Path) -> Path:
    """Rows that intake held back and rows held back here, by ascending line."""
    here, both = tables.folder / "here.parquet", tables.folder / "quarantine.parquet"
    with pq.ParquetWriter(here, QUARANTINE_SCHEMA) as writer:
        for batch in held_rows(sql, tables) if HELD in tables.files else ():
            writer.write_batch(batch)
    union = (
        "SELECT * FROM (SELECT * FROM admitted UNION ALL SELECT * FROM here) AS faults "
        f'ORDER BY {identifier(LINE)}, "column", "rule"'
    )
    files = {"admitted": admitted, "here": here}
    tables.engine.export(render(union, sql.dialect), files, both)
    tables.progress.advance(note="quarantine")
    return both
