"""Merge: files that were exported one after another become one file of leads with outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ml.contract.names import LINE
from ml.contract.records import IngestRecord
from ml.contract.schema import Column
from ml.contract.use_case import UseCase
from ml.ports import Runtime

_FILE = "exported_file"


@dataclass(frozen=True, kw_only=True)
class Merged:
    """Leads of several exports.

    Parameters
    ----------
    leads : int
        Ids that were seen, each once.
    rows : Table
        Text of the rows with an outcome, by column name, the oldest export first.
    """

    leads: int
    rows: pa.Table


def merge(use_case: UseCase, runtime: Runtime, exports: Sequence[IngestRecord]) -> Merged:
    """The latest that is known of each lead, where its outcome is known.

    Of a lead that came in several exports the last one counts, with or without an outcome; rows
    that repeat an id within one export all stay, for cleaning to judge.

    Parameters
    ----------
    exports : sequence of IngestRecord
        Read to be merged, the oldest first.
    """
    schema = use_case.schema
    parts = [
        pq.read_table(runtime.lake.fetch(export.text)).append_column(
            _FILE, pa.array([number] * export.rows.accepted, pa.int32())
        )
        for number, export in enumerate(exports)
    ]
    rows = pa.concat_tables(parts, promote_options="default")
    keys = pd.DataFrame(
        {
            "lead": rows[schema.id.name].to_pandas().astype("object").str.strip(),
            "file": rows[_FILE].to_numpy(),
        }
    )
    latest = keys.groupby("lead")["file"].transform("max").fillna(keys["file"])
    known = ~_missing(rows, schema.target)
    kept = rows.filter(pa.array((latest == keys["file"]).to_numpy() & known))
    return Merged(leads=keys["lead"].nunique(), rows=kept.drop_columns([_FILE]))


def _missing(rows: pa.Table, column: Column) -> NDArray[np.bool_]:
    text = rows[column.name].to_pandas().astype("object").fillna("")
    return np.asarray(text.str.strip() == "")


def write_training_file(use_case: UseCase, rows: pa.Table, to: Path, *, most: int) -> int:
    """Write the latest rows as a file that a run can start from; how many they are.

    Parameters
    ----------
    rows : Table
        As `merge` gives them.
    to : Path
        Parquet, with the source's headers.
    most : int
        Rows to keep, counted from the end.
    """
    latest = rows.slice(max(0, rows.num_rows - most))
    columns = [column for column in use_case.schema.columns if column.name != LINE]
    held = [
        column
        for column in columns
        if column.required or latest[column.name].null_count < latest.num_rows
    ]
    named = latest.select([column.name for column in held])
    pq.write_table(named.rename_columns([column.source for column in held]), to)
    return int(latest.num_rows)
