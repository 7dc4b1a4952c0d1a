"""Rows of the tables that steps fill, in the columns that `ml.contract.table_columns` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from ml.contract.moments import Moment
from ml.contract.names import LOADED_VERSION, Table
from ml.contract.records import WatchRecord
from ml.contract.table_columns import ColumnType, table_columns
from ml.contract.use_case import UseCase

_TYPES = {
    ColumnType.INTEGER: pa.int32(),
    ColumnType.BIGINT: pa.int64(),
    ColumnType.DOUBLE: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.DATE: pa.date32(),
    ColumnType.TIMESTAMP: pa.timestamp("ms"),
    ColumnType.TEXT: pa.string(),
}


def row_schema(use_case: UseCase, table: Table) -> pa.Schema:
    """Columns of a file that is loaded into a table; the load adds its version itself."""
    return pa.schema(
        pa.field(column.name, _TYPES[column.type], nullable=not column.required)
        for column in table_columns(use_case, table)
        if column.name != LOADED_VERSION
    )


def drift_rows(
    use_case: UseCase, record: WatchRecord, *, moment: Moment, watched_at: datetime
) -> pa.Table:
    """What a watch found: a row for each judged column, one without a column if there is none."""
    whole = {
        "watched_at": in_tables(watched_at),
        "moment": moment.name,
        "state": record.state,
        "rows_watched": record.rows.accepted,
        "drifted_share": record.drifted_share,
        "prediction_psi": record.prediction_psi,
        "retrain": record.retrain is not None,
    }
    columns: Sequence[Mapping[str, Any]] = [asdict(drift) for drift in record.columns] or [{}]
    rows = [{**whole, **found, "column_name": found.get("column")} for found in columns]
    return pa.Table.from_pylist(rows, schema=row_schema(use_case, Table.DRIFT))


def in_tables(moment: datetime) -> datetime:
    """A time as tables hold it: UTC, and no zone beside it."""
    return moment.astimezone(UTC).replace(tzinfo=None)
