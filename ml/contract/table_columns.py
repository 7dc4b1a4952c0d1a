"""Which columns the warehouse's tables have: said once, in types that every engine knows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ml.contract.names import LINE, LOADED_VERSION, Kind, Role, Table
from ml.contract.schema import Column
from ml.contract.use_case import UseCase


class ColumnType(StrEnum):
    """What a column of a table holds."""

    INTEGER = "integer"
    BIGINT = "bigint"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TEXT = "text"


# Bytes, not letters. Intake admits no longer cell; a query sets memory aside for the whole width.
_CELL, _LEVEL, _HASH = 32_768, 256, 64

_OF_KIND = {
    Kind.NUMBER: ColumnType.DOUBLE,
    Kind.INTEGER: ColumnType.BIGINT,
    Kind.YES_NO: ColumnType.BOOLEAN,
    Kind.DATE: ColumnType.DATE,
}


@dataclass(frozen=True, kw_only=True)
class TableColumn:
    """One column of one table.

    Parameters
    ----------
    name : str
    type : ColumnType
    width : int or None, default=None
        Most bytes of a text.
    required : bool, default=False
        Whether every row has a value.
    """

    name: str
    type: ColumnType
    width: int | None = None
    required: bool = False


def table_columns(use_case: UseCase, table: Table) -> tuple[TableColumn, ...]:
    """Columns of a table in order; the version of the load comes last.

    Examples
    --------
    >>> from ml.use_cases.lead_conversion import LEAD_CONVERSION
    >>> [column.name for column in table_columns(LEAD_CONVERSION, Table.OUTCOMES)]
    ['prospect_id', 'outcome', 'known_at', 'loaded_version']
    """
    told = {
        Table.LEADS: _leads,
        Table.SCORES: _scores,
        Table.OUTCOMES: _outcomes,
        Table.FEEDBACK: _feedback,
        Table.DRIFT: _drift,
    }[table]
    return (*told(use_case), _text(LOADED_VERSION, _HASH, required=True))


def version_columns() -> tuple[TableColumn, ...]:
    """Columns of the table that remembers how the others came to be as they are."""
    return (
        _column("version", ColumnType.INTEGER, required=True),
        _text("changes", _CELL, required=True),
        _column("applied_at", ColumnType.TIMESTAMP, required=True),
    )


def _leads(use_case: UseCase) -> tuple[TableColumn, ...]:
    schema = use_case.schema
    return (
        _column(LINE, ColumnType.BIGINT, required=True),
        *(_of_schema(column.name, column) for column in (*schema.columns, *schema.derived)),
    )


def _scores(use_case: UseCase) -> tuple[TableColumn, ...]:
    return (
        _id(use_case),
        _text("moment", _LEVEL, required=True),
        _text("model_version", _LEVEL, required=True),
        _column("scored_at", ColumnType.TIMESTAMP, required=True),
        _column("score", ColumnType.INTEGER, required=True),
        _column("score_low", ColumnType.INTEGER),
        _column("score_high", ColumnType.INTEGER),
        _column("probability", ColumnType.DOUBLE),
        _text("band", _LEVEL, required=True),
        _text("certainty", _LEVEL),
        _column("low_confidence", ColumnType.BOOLEAN, required=True),
        _text("reasons_for", _CELL),
        _text("reasons_against", _CELL),
    )


def _outcomes(use_case: UseCase) -> tuple[TableColumn, ...]:
    """What became of a lead, and when that was known."""
    return (
        _id(use_case),
        _of_schema("outcome", use_case.schema.target),
        _column("known_at", ColumnType.TIMESTAMP, required=True),
    )


def _feedback(use_case: UseCase) -> tuple[TableColumn, ...]:
    """What a person said of a score; lead, rep and `scored_at` together name it."""
    return (
        _id(use_case),
        _text("rep", _LEVEL, required=True),
        _column("scored_at", ColumnType.TIMESTAMP, required=True),
        _text("verdict", _LEVEL, required=True),
        _text("comment", _CELL),
        _column("given_at", ColumnType.TIMESTAMP, required=True),
    )


def _drift(_: UseCase) -> tuple[TableColumn, ...]:
    """One row for each column that was watched; one without a column where none was judged."""
    return (
        _column("watched_at", ColumnType.TIMESTAMP, required=True),
        _text("moment", _LEVEL, required=True),
        _text("state", _LEVEL, required=True),
        _column("rows_watched", ColumnType.BIGINT, required=True),
        _column("drifted_share", ColumnType.DOUBLE),
        _column("prediction_psi", ColumnType.DOUBLE),
        _column("retrain", ColumnType.BOOLEAN, required=True),
        _text("column_name", _LEVEL),
        _text("test", _LEVEL),
        _column("statistic", ColumnType.DOUBLE),
        _column("p_value", ColumnType.DOUBLE),
        _column("psi", ColumnType.DOUBLE),
        _column("missing_change", ColumnType.DOUBLE),
        _column("drifted", ColumnType.BOOLEAN),
    )


def _column(name: str, type: ColumnType, *, required: bool = False) -> TableColumn:
    return TableColumn(name=name, type=type, required=required)


def _text(name: str, width: int, *, required: bool = False) -> TableColumn:
    return TableColumn(name=name, type=ColumnType.TEXT, width=width, required=required)


def _id(use_case: UseCase) -> TableColumn:
    return _of_schema(use_case.schema.id.name, use_case.schema.id)


def _of_schema(name: str, column: Column) -> TableColumn:
    if column.role is Role.ID:
        return _text(name, _CELL, required=True)
    kind = _OF_KIND.get(column.kind)
    return _column(name, kind) if kind else _text(name, _widest(column.levels))


def _widest(levels: tuple[str, ...]) -> int:
    """Wide enough for any level; without levels, for any cell."""
    longest = max((len(level.encode()) for level in levels), default=0)
    return _LEVEL if 0 < longest <= _LEVEL else _CELL
