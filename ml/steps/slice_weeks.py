"""Slice: clean rows as one Parquet file per week of arrival, with a manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.datasets import MANIFEST, Dataset
from ml.contract.errors import UsageError
from ml.contract.names import Role, Step, Zone
from ml.contract.records import SliceRecord
from ml.contract.use_case import UseCase
from ml.core.dataset_parts import publish_parts
from ml.core.slicing import UNDATED, by_week
from ml.ports import Runtime


def slice_weeks(
    use_case: UseCase, runtime: Runtime, *, files: Sequence[Path], canonical_hash: str
) -> SliceRecord:
    """Write ``week=2026-W47/part.parquet`` for each week, and the manifest that lists them.

    Parameters
    ----------
    files : sequence of Path
        Parquet files of the clean rows.
    canonical_hash : str
        Of these rows; equal rows give the same slices.

    Returns
    -------
    SliceRecord
        Rows of each week, and how many have no date: they are a slice of their own.

    Raises
    ------
    UsageError
        If the use case has no column of dates, or no row has a date.
    """
    day = day_column(use_case)
    runtime.progress.start(Step.SLICE)
    folder = f"{Zone.SLICES}/{use_case.name}/{canonical_hash[:16]}"
    manifest = f"{folder}/{MANIFEST}"
    if not runtime.lake.exists(manifest):
        _publish(runtime, folder, _sliced(files, day))
    data = Dataset.of_json(runtime.lake.fetch(manifest).read_bytes(), manifest)
    rows = {_week(part.key): part.rows for part in data.parts}
    undated = rows.pop(UNDATED, 0)
    runtime.progress.done(f"{len(rows)} weeks, {undated} rows without a date")
    return SliceRecord(manifest=manifest, weeks=rows, undated=undated)


def _sliced(files: Sequence[Path], day: str) -> dict[str, pa.Table]:
    table = pa.concat_tables([pq.read_table(file, partitioning=None) for file in files])
    weeks = by_week(table, day) if day in table.column_names else {}
    if not set(weeks) - {UNDATED}:
        raise UsageError(
            f"none of the {table.num_rows:,} rows has a date in {day!r}, so there is no week to "
            "slice; add the dates to the file"
        )
    return weeks


def _week(key: str) -> str:
    """The week of a file, as its folder says."""
    return key.rpartition("/")[0].rpartition("=")[2]


def day_column(use_case: UseCase) -> str:
    """Name of the column that says when a row arrived.

    Raises
    ------
    UsageError
        If the use case has none.
    """
    columns = use_case.schema.with_role(Role.TIME)
    if not columns:
        raise UsageError(
            f"use case {use_case.name!r} has no column of role TIME, so its rows have no week; "
            "declare the day of arrival in its schema"
        )
    return columns[0].name


def _publish(runtime: Runtime, folder: str, weeks: dict[str, pa.Table]) -> None:
    with runtime.lake.scratch() as scratch:
        files = {}
        for week, part in weeks.items():
            files[f"{folder}/week={week}/part.parquet"] = scratch / f"{week}.parquet"
            pq.write_table(part, scratch / f"{week}.parquet", compression="zstd")
        data = publish_parts(files, runtime.lake)
        (scratch / MANIFEST).write_text(data.to_json(), encoding="utf-8")
        runtime.lake.publish(f"{folder}/{MANIFEST}", scratch / MANIFEST)
