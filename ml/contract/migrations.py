"""Tables follow the use case by gaining columns; nothing else is ever changed by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ml.contract.errors import OtherSchemaVersion
from ml.contract.names import SCHEMA_VERSIONS, Table
from ml.contract.spelling import identifier, quote
from ml.contract.table_columns import ColumnType, TableColumn, table_columns
from ml.contract.table_ddl import Dialect, type_sql
from ml.contract.table_names import TableName
from ml.contract.use_case import UseCase

# What information_schema calls types, in Redshift and in DuckDB.
_SAME = {
    "integer": ColumnType.INTEGER,
    "bigint": ColumnType.BIGINT,
    "double precision": ColumnType.DOUBLE,
    "double": ColumnType.DOUBLE,
    "boolean": ColumnType.BOOLEAN,
    "date": ColumnType.DATE,
    "timestamp without time zone": ColumnType.TIMESTAMP,
    "timestamp": ColumnType.TIMESTAMP,
    "character varying": ColumnType.TEXT,
    "varchar": ColumnType.TEXT,
}
_NOW = {
    Dialect.REDSHIFT: "GETDATE()",
    Dialect.DUCKDB: "make_timestamp(epoch_us(now()))",  # in UTC, whatever the machine's zone
}


_MOVE = (
    "run the code that made the table, or give the column that changed a new name: a table only "
    "ever gains columns"
)


class FoundColumn(NamedTuple):
    """A column that exists, in the words of `information_schema`."""

    table: str
    name: str
    type: str
    width: int | None


def found_sql(schema: str) -> str:
    """Query whose rows are `FoundColumn`s: all of a schema, in any engine."""
    return (
        "SELECT table_name, column_name, data_type, character_maximum_length "
        f"FROM information_schema.columns WHERE table_schema = {quote(schema)} "
        "ORDER BY table_name, ordinal_position"
    )


def additions(
    use_case: UseCase, found: Iterable[FoundColumn], dialect: Dialect = Dialect.REDSHIFT
) -> tuple[str, ...]:
    """Statements that follow `table_ddl` to bring tables that exist up to the use case.

    Columns are added at the end, and rows that are there hold NULL in them. Their order means
    nothing: whatever loads or reads a table names its columns.

    Parameters
    ----------
    use_case : UseCase
        What is wanted.
    found : iterable of FoundColumn
        What exists.
    dialect : Dialect, default=Dialect.REDSHIFT
        Whose words to use.

    Returns
    -------
    tuple of str
        The last one writes down what changed. Empty if nothing is to be done, and then
        `table_ddl` has nothing to do either.

    Raises
    ------
    OtherSchemaVersion
        If a column would change its type or disappear.
    """
    there = _by_table(found)
    statements, changes = [], []
    for table in Table:
        if table not in there:
            changes.append(f"{table} made")
            continue
        for column in _missing(use_case, table, there[table]):
            statements.append(_add(use_case, table, column, dialect))
            changes.append(f"{table}.{column.name} added")
    return (*statements, _remember(use_case, changes, dialect)) if changes else ()


def check_file(table: TableName, columns: Iterable[str], found: Iterable[FoundColumn]) -> None:
    """Make sure that a table can take a file.

    Parameters
    ----------
    table : TableName
    columns : iterable of str
        Those of the file.
    found : iterable of FoundColumn
        What exists.

    Raises
    ------
    OtherSchemaVersion
        Naming the first column that the table has not.
    """
    there = {column.name for column in found if column.table == table.table}
    for column in columns:
        if column not in there:
            raise OtherSchemaVersion(
                str(table), column, "absent", "in the file",
                "prepare the warehouse for the use case, then load again",
            )  # fmt: skip


def _by_table(found: Iterable[FoundColumn]) -> dict[str, dict[str, FoundColumn]]:
    tables: dict[str, dict[str, FoundColumn]] = {}
    for column in found:
        tables.setdefault(column.table, {})[column.name] = column
    return tables


def _missing(
    use_case: UseCase, table: Table, there: Mapping[str, FoundColumn]
) -> Iterator[TableColumn]:
    wanted = {column.name: column for column in table_columns(use_case, table)}
    for name, found in there.items():
        if not _fits(found, wanted.get(name)):
            shown = _shown(wanted.get(name))
            where = f"{use_case.name}.{table}"
            raise OtherSchemaVersion(where, name, _said(found), f"{shown} in the use case", _MOVE)
    return (column for name, column in wanted.items() if name not in there)


def _fits(found: FoundColumn, wanted: TableColumn | None) -> bool:
    if wanted is None:
        return False
    wide = found.width is None or wanted.width is None or found.width >= wanted.width
    return _SAME.get(found.type.lower()) is wanted.type and wide


def _said(found: FoundColumn) -> str:
    return f"{found.type.lower()}({found.width})" if found.width else found.type.lower()


def _shown(wanted: TableColumn | None) -> str:
    return type_sql(wanted, Dialect.REDSHIFT).lower() if wanted else "absent"


def _add(use_case: UseCase, table: Table, column: TableColumn, dialect: Dialect) -> str:
    # Without NOT NULL: the rows that are there have nothing to put into it.
    added = f"{identifier(column.name)} {type_sql(column, dialect)}"
    return f"ALTER TABLE {TableName(use_case.name, table).sql} ADD COLUMN {added}"


def _remember(use_case: UseCase, changes: Sequence[str], dialect: Dialect) -> str:
    versions = TableName(use_case.name, SCHEMA_VERSIONS).sql
    return (
        f"INSERT INTO {versions} SELECT COALESCE(MAX(version), 0) + 1, "
        f"{quote(', '.join(changes))}, {_NOW[dialect]} FROM {versions}"
    )
