"""What UNLOAD wrote becomes one file, and every row of it is there."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.dataset import dataset

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
    if len(entries) == 1:
        _fetch(folder, entries[0], to)
    else:
        _join(folder, entries, to)
    return sum(entry["meta"]["record_count"] for entry in entries)


def _join(folder: StagedFiles, entries: list[dict[str, Any]], to: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        parts = [
            _fetch(folder, entry, Path(scratch) / f"{number}.parquet")
            for number, entry in enumerate(entries)
        ]
        rows = dataset(parts, format="parquet")
        with pq.ParquetWriter(to, rows.schema) as writer:
            for batch in rows.to_batches(batch_size=_BATCH_ROWS, batch_readahead=2):
                writer.write_batch(batch)


def _fetch(folder: StagedFiles, entry: dict[str, Any], to: Path) -> Path:
    told = entry["meta"]
    folder.fetch(entry["url"], to)
    whole = to.stat().st_size == told["content_length"]
    if not whole or pq.read_metadata(to).num_rows != told["record_count"]:
        raise Altered(
            f"{entry['url']} is not what the warehouse wrote ({told['record_count']} rows in "
            f"{told['content_length']} bytes); something else writes there: read again"
        )
    return to
