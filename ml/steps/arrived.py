"""When the leads of a file came, where the use case declares no column that says so."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ml.contract.names import LINE, Purpose
from ml.contract.records import IngestRecord
from ml.contract.use_case import UseCase
from ml.core.few_columns import only_columns
from ml.core.intake import admit
from ml.core.lead_days import day_column, days_of, names_day
from ml.ports import Runtime
from ml.steps.ingest import ingest


def with_arrivals(
    use_case: UseCase, runtime: Runtime, rows: pa.Table, admitted: IngestRecord | None
) -> pa.Table:
    """Clean rows with the day on which each came, as `day_column` calls it.

    Parameters
    ----------
    rows : Table
        With the lines of the file that they came from.
    admitted : IngestRecord or None
        That file. It is read once more, for its days alone, where a header means such a day.

    Returns
    -------
    Table
        As it was where the rows have their days already, or nothing says them. A cell that
        begins with no day (``2026-03-02``) is null.
    """
    column = day_column(use_case)
    known = column.name in rows.column_names or LINE not in rows.column_names
    if known or admitted is None or not _named(use_case, runtime, admitted):
        return rows
    case = only_columns(use_case, (column,))
    file = runtime.lake.fetch(admitted.raw)
    read = ingest(case, runtime, source=file, purpose=Purpose.SCORE, moment=case.default_moment)
    text = pq.read_table(runtime.lake.fetch(read.text), columns=[LINE, column.name])
    places = pc.index_in(rows[LINE].combine_chunks(), value_set=text[LINE].combine_chunks())
    return rows.append_column(column.name, days_of(text[column.name]).take(places))


def _named(use_case: UseCase, runtime: Runtime, admitted: IngestRecord) -> bool:
    case = only_columns(use_case, (day_column(use_case),))
    with runtime.lake.fetch(admitted.raw).open("rb") as stream:
        found = admit(
            stream, use_case=case, purpose=Purpose.SCORE, moment=case.default_moment,
            name=admitted.source,
        )  # fmt: skip
        return names_day(use_case, found.header.names)
