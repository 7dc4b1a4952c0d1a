"""Merge: files that were exported one after another become one file of leads with outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
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
from ml.core.investigating.outcomes import Told, beside
from ml.ports import Runtime

_FILE = "exported_file"


@dataclass(frozen=True, kw_only=True)
class Exports:
    """All rows of several exports.

    Parameters
    ----------
    records : tuple of IngestRecord
        Read to be merged, the oldest first.
    rows : Table
        Their text by column name, in that order.
    keys : DataFrame
        Of each row its `lead`, NaN without one; the number of its `file`, from 0 on; and whether
        the file says nothing of its outcome, as `bare`.
    """

    records: tuple[IngestRecord, ...]
    rows: pa.Table
    keys: pd.DataFrame


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


def read_exports(use_case: UseCase, runtime: Runtime, records: Sequence[IngestRecord]) -> Exports:
    """The rows of exports, and whose they are.

    Parameters
    ----------
    records : sequence of IngestRecord
        Read to be merged, the oldest first; at least one.
    """
    schema = use_case.schema
    parts = [pq.read_table(runtime.lake.fetch(record.text)) for record in records]
    rows = pa.concat_tables(parts, promote_options="default")
    counts = [part.num_rows for part in parts]
    keys = pd.DataFrame(
        {
            "lead": rows[schema.id.name].to_pandas().astype("object").str.strip(),
            "file": np.repeat(np.arange(len(parts)), counts),
            "bare": _missing(rows, schema.target),
        }
    )
    return Exports(records=tuple(records), rows=rows, keys=keys)


def merge(
    use_case: UseCase, exports: Exports, told: Sequence[Told] = (), *, today: date = date.max
) -> Merged:
    """The latest that is known of each lead, where its outcome is known.

    Of a lead that came in several exports the last one counts, with or without an outcome; rows
    that repeat an id within one export all stay, for cleaning to judge.

    Parameters
    ----------
    exports : Exports
    told : sequence of Told, default=()
        Outcomes that were told apart from the leads: they count before those of the exports. Of a
        lead with two of them neither is taken, and it is left out.
    today : date, default=date.max
        Outcomes of later days are still to come.
    """
    rows, keys = _with_outcomes(use_case, exports, told, today), exports.keys
    latest = keys.groupby("lead")["file"].transform("max").fillna(keys["file"])
    known = ~_missing(rows, use_case.schema.target)
    kept = rows.filter(pa.array((latest == keys["file"]).to_numpy() & known))
    return Merged(leads=keys["lead"].nunique(), rows=kept)


def _with_outcomes(
    use_case: UseCase, exports: Exports, told: Sequence[Told], today: date
) -> pa.Table:
    """The rows with the outcomes that were told of their leads."""
    counting = [one for one in told if one.outcome is not None and not _is_ahead(one, today)]
    place = pd.Index(exports.keys["lead"]).isin({one.lead for one in counting})
    if not place.any():
        return exports.rows
    name, rows = use_case.schema.target.name, exports.rows
    cells = rows[name].to_pandas().astype("object").to_numpy(copy=True)
    found = beside(exports.keys["lead"][place].tolist(), counting).outcome
    cells[place] = [None if np.isnan(one) else f"{one:g}" for one in found]
    column = pa.array(cells, rows.schema.field(name).type, from_pandas=True)
    return rows.set_column(rows.column_names.index(name), name, column)


def _is_ahead(one: Told, today: date) -> bool:
    return one.known_at is not None and one.known_at > today


def _missing(rows: pa.Table, column: Column) -> NDArray[np.bool_]:
    text = rows[column.name].to_pandas().astype("object").fillna("")
    return np.asarray(text.str.strip() == "")


def write_rows(use_case: UseCase, rows: pa.Table, to: Path, *, most: int) -> int:
    """Write the latest rows as a file that a run can start from; how many they are.

    Parameters
    ----------
    rows : Table
        Text by column name, as of `Exports` or `Merged`.
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
