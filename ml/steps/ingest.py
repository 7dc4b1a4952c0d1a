"""Ingest: a file goes into the lake as it is, as rows of text, and as rows held back."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.errors import InputRefused, UsageError
from ml.contract.moments import Moment
from ml.contract.names import PRODUCT, Kind, Purpose, Step, Zone
from ml.contract.records import IngestRecord, RowCount
from ml.contract.use_case import UseCase
from ml.core.behind import Behind
from ml.core.intake import (
    QUARANTINE_SCHEMA,
    Admission,
    Limits,
    admit,
    quarantine_batch,
    text_schema,
)
from ml.ports import Lake, Progress, Runtime

#: Rows per group of the text file: few enough to hold, many enough to compress.
_GROUP_ROWS = 50_000
_FACTS = b"leadwise.ingest"


def ingest(
    use_case: UseCase,
    runtime: Runtime,
    *,
    source: Path,
    purpose: Purpose,
    moment: Moment,
    limits: Limits | None = None,
    shown_name: str | None = None,
) -> IngestRecord:
    """Admit a file and keep its bytes, its rows as text, and its faulty rows.

    Parameters
    ----------
    source : Path
        CSV, Parquet or JSON lines; it is copied first, so it may change meanwhile.
    purpose : Purpose
        To train or to score.
    moment : Moment
        Later columns are not read.
    limits : Limits, optional
        Sizes to keep to.
    shown_name : str, optional
        What faults and the record call the file; its own name by default.

    Returns
    -------
    IngestRecord
        Keys of the three files. The same file gives the same keys and is read only once.

    Raises
    ------
    UsageError
        If there is no such file.
    InputRefused
        If the file cannot be read as leads; then only its bytes are kept, in quarantine.
    """
    if not source.is_file():
        raise UsageError(
            f"there is no file {str(source)!r}; name a CSV, Parquet or JSON lines file"
        )
    name = shown_name or source.name
    runtime.progress.start(Step.INGEST)
    with runtime.lake.scratch() as folder:
        raw = Path(shutil.copyfile(source, folder / "raw"))
        keys = _Keys.of(use_case, raw, purpose, moment)
        if not runtime.lake.exists(keys.text):
            with raw.open("rb") as stream, _refused_to_quarantine(runtime.lake, keys, raw):
                admission = admit(
                    stream,
                    use_case=use_case,
                    purpose=purpose,
                    moment=moment,
                    limits=limits,
                    name=name,
                )
                _write(admission, runtime.progress, use_case, folder)
            _publish(runtime.lake, keys, folder)
    record = _record(runtime.lake, keys, name, purpose, moment)
    runtime.progress.done(f"{record.rows.accepted:,} of {record.rows.received:,} rows")
    return record


@dataclass(frozen=True, kw_only=True)
class _Keys:
    """Where the parts of a file lie; what decides their content is part of the key."""

    sha256: str
    raw: str
    text: str
    quarantine: str
    refused: str

    @classmethod
    def of(cls, use_case: UseCase, raw: Path, purpose: Purpose, moment: Moment) -> Self:
        with raw.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        # Another schema, task or release of ours reads the same bytes in another way.
        reader = repr((use_case.schema, use_case.task, version(PRODUCT)))
        reading = f"{purpose}-{moment.name}-{hashlib.sha256(reader.encode()).hexdigest()[:8]}"
        place = f"{use_case.name}/{sha256}"
        return cls(
            sha256=sha256,
            raw=f"{Zone.RAW}/{place}/file",
            text=f"{Zone.TEXT}/{place}/{reading}.parquet",
            quarantine=f"{Zone.QUARANTINE}/{place}/{reading}-rows.parquet",
            refused=f"{Zone.QUARANTINE}/{place}/file",
        )


@contextmanager
def _refused_to_quarantine(lake: Lake, keys: _Keys, raw: Path) -> Iterator[None]:
    """Keep the bytes of a file that is refused, in quarantine only."""
    try:
        yield
    except InputRefused:
        lake.publish(keys.refused, raw)
        raise


def _write(admission: Admission, progress: Progress, use_case: UseCase, folder: Path) -> None:
    """Write text and quarantine as Parquet, with the counts and warnings inside the text."""
    with (
        _text_writer(folder / "text", use_case) as text,
        pq.ParquetWriter(folder / "quarantine", QUARANTINE_SCHEMA) as quarantine,
    ):
        with Behind() as behind:
            waiting: list[pa.RecordBatch] = []
            for part in admission.parts():
                if part.faults:
                    quarantine.write_batch(quarantine_batch(part.faults))
                waiting.append(part.batch)
                if sum(batch.num_rows for batch in waiting) >= _GROUP_ROWS:
                    behind.do(partial(text.write_table, pa.Table.from_batches(waiting)))
                    waiting = []
                progress.advance(part.batch.num_rows, f"{admission.quarantined:,} held back")
        text.write_table(pa.Table.from_batches(waiting, text_schema(use_case)))
        text.add_key_value_metadata({_FACTS: json.dumps(_facts(admission))})


def _text_writer(file: Path, use_case: UseCase) -> pq.ParquetWriter:
    """A writer that keeps dictionaries for all columns but ids, which never repeat."""
    repeating = [column.name for column in use_case.schema.columns if column.kind is not Kind.TEXT]
    return pq.ParquetWriter(
        file, text_schema(use_case), compression="zstd", use_dictionary=repeating
    )


def _facts(admission: Admission) -> dict[str, Any]:
    return {
        "received": admission.received,
        "quarantined": admission.quarantined,
        "warnings": [fault.sentence() for fault in admission.warnings],
    }


def _publish(lake: Lake, keys: _Keys, folder: Path) -> None:
    """Publish the three files; the text last, since its key says that all is done."""
    lake.publish(keys.raw, folder / "raw")
    lake.publish(keys.quarantine, folder / "quarantine")
    lake.publish(keys.text, folder / "text")


def _record(lake: Lake, keys: _Keys, source: str, purpose: Purpose, moment: Moment) -> IngestRecord:
    """The record of a published file, from what the file itself says."""
    metadata = pq.read_metadata(lake.fetch(keys.text))
    facts = json.loads(metadata.metadata[_FACTS])
    return IngestRecord(
        source=source,
        file_sha256=keys.sha256,
        raw=keys.raw,
        text=keys.text,
        quarantine=keys.quarantine,
        purpose=purpose.value,
        moment=moment.name,
        rows=RowCount(
            received=facts["received"],
            accepted=metadata.num_rows,
            quarantined=facts["quarantined"],
        ),
        warnings=tuple(facts["warnings"]),
    )
