"""The warehouse's tables in an engine's data definition language, made from the use case."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from ml.contract.names import SCHEMA_VERSIONS, Table
from ml.contract.spelling import identifier
from ml.contract.table_columns import ColumnType, TableColumn, table_columns, version_columns
from ml.contract.table_names import TableName
from ml.contract.use_case import UseCase


class Dialect(StrEnum):
    """Engines that hold the tables."""

    REDSHIFT = "redshift"
    DUCKDB = "duckdb"


_TYPES = {
    ColumnType.INTEGER: "INTEGER",
    ColumnType.BIGINT: "BIGINT",
    ColumnType.DOUBLE: "DOUBLE PRECISION",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.DATE: "DATE",
    ColumnType.TIMESTAMP: "TIMESTAMP",
    ColumnType.TEXT: "VARCHAR",
}


def table_ddl(use_case: UseCase, dialect: Dialect = Dialect.REDSHIFT) -> tuple[str, ...]:
    """Statements that make a use case's schema and tables where they are absent.

    They may run any number of times. A table that exists is left as it is: what it lacks,
    `ml.contract.migrations` adds.

    Parameters
    ----------
    use_case : UseCase
        Its name becomes the schema.
    dialect : Dialect, default=Dialect.REDSHIFT
        Whose words to use. Only Redshift knows rights.

    Returns
    -------
    tuple of str
        In the order in which they must run.

    Examples
    --------
    >>> from ml.use_cases.lead_conversion import LEAD_CONVERSION
    >>> table_ddl(LEAD_CONVERSION)[0]
    'CREATE SCHEMA IF NOT EXISTS "lead_conversion"'
    """
    versions = _create(TableName(use_case.name, SCHEMA_VERSIONS).sql, version_columns(), dialect)
    tables = (
        _create(TableName(use_case.name, table).sql, table_columns(use_case, table), dialect)
        for table in Table
    )
    rights = _grants(use_case) if dialect is Dialect.REDSHIFT else ()
    return (
        f"CREATE SCHEMA IF NOT EXISTS {identifier(use_case.name)}",
        versions,
        *tables,
        *rights,
    )


def type_sql(column: TableColumn, dialect: Dialect) -> str:
    """A column's type; DuckDB's texts have no width.

    Examples
    --------
    >>> column = TableColumn(name="band", type=ColumnType.TEXT, width=256)
    >>> type_sql(column, Dialect.REDSHIFT)
    'VARCHAR(256)'
    """
    wide = column.width and dialect is Dialect.REDSHIFT
    return f"{_TYPES[column.type]}({column.width})" if wide else _TYPES[column.type]


def _create(table: str, columns: Iterable[TableColumn], dialect: Dialect) -> str:
    listed = ", ".join(
        f"{identifier(column.name)} {type_sql(column, dialect)}"
        f"{' NOT NULL' if column.required else ''}"
        for column in columns
    )
    return f"CREATE TABLE IF NOT EXISTS {table} ({listed})"


def _grants(use_case: UseCase) -> Iterable[str]:
    """Who may sign in at all is IAM's to say: redshift-serverless:GetCredentials."""
    yield f"GRANT USAGE ON SCHEMA {identifier(use_case.name)} TO PUBLIC"
    yield f"GRANT SELECT ON {TableName(use_case.name, SCHEMA_VERSIONS).sql} TO PUBLIC"
    for table in Table:
        yield f"GRANT SELECT, INSERT, DELETE ON {TableName(use_case.name, table).sql} TO PUBLIC"
