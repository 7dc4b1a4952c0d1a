"""Clean: admitted text becomes typed rows; rows that break a rule join the quarantine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from ml.contract.names import LINE, Purpose, Step, Table, Zone
from ml.contract.records import CleanRecord, IngestRecord, RowCount
from ml.contract.spelling import identifier
from ml.contract.use_case import UseCase
from ml.core.canonical import canonical_hash
from ml.core.cleaning.quarantined import quarantined
from ml.core.cleaning.sql import (
    BROKEN,
    CLEAN,
    HELD,
    REPEATS,
    TEXT,
    CleaningSql,
    judged_columns,
    render,
)
from ml.core.parquet_columns import ParquetColumns
from ml.core.quarantine import QUARANTINE_SCHEMA
from ml.ports import Engine, Progress, Runtime

#: Held rows in memory at a time, with all their words.
_HELD_ROWS = 5_000
_PARTS = 6


def clean(use_case: UseCase, runtime: Runtime, *, ingest: IngestRecord) -> CleanRecord:
    """Type the admitted rows, hold back those that break a rule, and say what is odd.

    Parameters
    ----------
    ingest : IngestRecord
        The file to clean. Read to train, every column is judged; read to score, only the id
        and the columns up to the moment.

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
        work = _Work(sql=sql, engine=runtime.engine, progress=runtime.progress, folder=folder)
        tables, rows = work.tables(runtime.lake.fetch(ingest.text), ingest.rows)
        record = CleanRecord(
            source_sha256=ingest.file_sha256,
            clean=_key(Zone.CLEAN, ingest, sql),
            quarantine=_key(Zone.QUARANTINE, ingest, sql),
            canonical_hash=work.fingerprint(tables),
            rows=rows,
            warnings=work.warnings(tables),
        )
        quarantine = work.quarantine(tables, runtime.lake.fetch(ingest.quarantine))
        runtime.lake.publish(record.quarantine, quarantine)
        if purpose is Purpose.TRAIN:
            version = ingest.file_sha256
            runtime.warehouse.prepare(use_case)
            runtime.warehouse.load(f"{use_case.name}.{Table.LEADS}", tables[CLEAN], version)
        runtime.lake.publish(record.clean, tables[CLEAN])
    runtime.progress.done(f"{rows.accepted:,} of {rows.received:,} rows")
    return record


def _key(zone: Zone, ingest: IngestRecord, sql: CleaningSql) -> str:
    """Where a result lies: beside the text that it was made of, by the rules that made it."""
    rules = "".join((sql.broken, sql.repeats, sql.clean))
    text = ingest.text.removeprefix(f"{Zone.TEXT}/").removesuffix(".parquet")
    return f"{zone}/{text}-{hashlib.sha256(rules.encode()).hexdigest()[:8]}.parquet"


@dataclass(frozen=True, kw_only=True)
class _Work:
    """The statements over one file; each leaves a table for the next."""

    sql: CleaningSql
    engine: Engine
    progress: Progress
    folder: Path

    def tables(self, text: Path, admitted: RowCount) -> tuple[dict[str, Path], RowCount]:
        """Every table by name, and where the file's rows went."""
        tables = {TEXT: text}
        broken = self._add(tables, BROKEN, self.sql.broken)
        repeats = self._add(tables, REPEATS, self.sql.repeats)
        accepted = self._add(tables, CLEAN, self.sql.clean)
        held = self._add(tables, HELD, self.sql.held) if broken or repeats else 0
        deduplicated = self.engine.rows(self.sql.repeated, tables)[0][0].as_py()
        return tables, RowCount(
            received=admitted.received,
            accepted=accepted,
            quarantined=admitted.quarantined + held,
            deduplicated=admitted.deduplicated + deduplicated,
        )

    def _add(self, tables: dict[str, Path], name: str, sql: str) -> int:
        rows = self.engine.export(sql, tables, self.folder / f"{name}.parquet")
        tables[name] = self.folder / f"{name}.parquet"
        self.progress.advance(note=f"{name}: {rows:,} rows")
        return rows

    def fingerprint(self, tables: Mapping[str, Path]) -> str:
        """Canonical hash of the clean rows."""
        found = canonical_hash(ParquetColumns(tables[CLEAN]), id_column=self.sql.schema.id.name)
        self.progress.advance(note="fingerprint")
        return found

    def warnings(self, tables: Mapping[str, Path]) -> dict[str, int]:
        """Accepted rows per warning, and rows left out as repeats; only what was seen."""
        return {key: count for key, count in self._counts(tables) if count}

    def _counts(self, tables: Mapping[str, Path]) -> Iterator[tuple[str, int]]:
        for statement in (self.sql.warnings, self.sql.inconsistent, self.sql.repeated):
            if statement:
                yield from self.engine.rows(statement, tables).to_pylist()[0].items()

    def quarantine(self, tables: Mapping[str, Path], admitted: Path) -> Path:
        """Rows that intake held back and rows held back here, by ascending line."""
        here, both = self.folder / "here.parquet", self.folder / "quarantine.parquet"
        with pq.ParquetWriter(here, QUARANTINE_SCHEMA) as writer:
            if HELD in tables:
                every = f"SELECT * FROM {HELD} ORDER BY {identifier(LINE)}"
                every = render(every, self.engine.dialect)
                for held in self.engine.batches(every, tables, _HELD_ROWS):
                    writer.write_batch(quarantined(held, self.sql.schema))
        union = (
            "SELECT * FROM (SELECT * FROM admitted UNION ALL SELECT * FROM here) AS faults "
            f'ORDER BY {identifier(LINE)}, "column", "rule"'
        )
        tables = {"admitted": admitted, "here": here}
        self.engine.export(render(union, self.engine.dialect), tables, both)
        self.progress.advance(note="quarantine")
        return both
