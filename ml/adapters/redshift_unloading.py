"""What UNLOAD wrote becomes one file, and every row of it is there."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ml.adapters.staged_files import StagedFiles
from ml.contract.errors import Altered

_BATCH_ROWS = 64_000


def collect(folder: StagedFiles, to: Path, *, schema: Callable[[], pa.Schema]) -> int:
    """Bring the files of UNLOAD's manifest here as one Parquet file, all or nothing.

    Parameters
    ----------
    folder : StagedFiles
        Where UNLOAD wrote files and manifest.
    to : Path
        The file.
    schema : callable
        Tells names and types where there is no row: UNLOAD need not write a file then.

    Returns
    -------
    int
        Rows.

    Raises
    ------
    Altered
        If a file is not as long, or has not as many rows, as the manifest says.
    """
    half = to.with_name(f".{to.name}.part")
    entries = _entries(folder)
    try:
        rows = _write(folder, entries, half) if entries else _write_empty(schema(), half)
        half.replace(to)
    finally:
        half.unlink(missing_ok=True)
    return rows


def _entries(folder: StagedFiles) -> list[dict[str, Any]]:
    content = folder.read("manifest")
    told = json.loads(content)["entries"] if content else []
    return [entry for entry in told if entry["meta"]["record_count"]]


def _write_empty(schema: pa.Schema, to: Path) -> int:
    pq.write_table(schema.empty_table(), to)
    return 0


def _write(folder: StagedFiles, entries: list[dict[str, Any]], to: Path) -> int:
    writer = None
    with tempfile.TemporaryDirectory() as scratch:
        try:
            for entry in entries:
                part = folder.fetch(entry["url"], Path(scratch) / "part")
                file = _checked(part, entry)
                writer = writer or pq.ParquetWriter(to, file.schema_arrow, compression="zstd")
                for batch in file.iter_batches(_BATCH_ROWS):
                    writer.write_batch(batch)
        finally:
            if writer:
                writer.close()
    return sum(entry["meta"]["record_count"] for entry in entries)


def _checked(part: Path, entry: dict[str, Any]) -> pq.ParquetFile:
    told, file = entry["meta"], None
    if part.stat().st_size == told["content_length"]:
        file = pq.ParquetFile(part)
    if file is None or file.metadata.num_rows != told["record_count"]:
        raise Altered(
            f"{entry['url']} is not what the warehouse wrote ({told['record_count']} rows in "
            f"{told['content_length']} bytes); something else writes there: read again"
        )
    return file
