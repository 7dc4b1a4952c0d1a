"""The warehouse's tables, as Redshift's data definition language says them.

Columns stand in the order of the clean table's Parquet file, since COPY reads such files by
position; the version of the load comes last, and a load fills it itself.
"""

from __future__ import annotations

from collections.abc import Iterable

from ml.contract.names import LINE, LOADED_VERSION, Kind, Role, Table
from ml.contract.schema import Column
from ml.contract.spelling import identifier
from ml.contract.use_case import UseCase

_TYPES = {
    Kind.NUMBER: "DOUBLE PRECISION",
    Kind.INTEGER: "BIGINT",
    Kind.YES_NO: "BOOLEAN",
    Kind.DATE: "DATE",
}
# Bytes, not letters. Intake admits no longer cell; a query sets memory aside for the whole width.
_CELL, _LEVEL, _HASH = "VARCHAR(32768)", "VARCHAR(256)", "VARCHAR(64)"


def table_ddl(use_case: UseCase) -> tuple[str, ...]:
    """Statements that make a use case's schema and tables where they are absent.

    They may run any number of times. A table that exists is left as it is: a column that the
    use case gains later is added by hand, once somebody has decided what older rows hold there.

    Parameters
    ----------
    use_case : UseCase
        Its name becomes the schema.

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
    schema = identifier(use_case.name)
    leads, scores = (f"{schema}.{identifier(table)}" for table in (Table.LEADS, Table.SCORES))
    return (
        f"CREATE SCHEMA IF NOT EXISTS {schema}",
        _create(leads, lead_columns(use_case)),
        _create(scores, score_columns(use_case)),
        # Who may sign in at all is IAM's to say: redshift-serverless:GetCredentials.
        f"GRANT USAGE ON SCHEMA {schema} TO PUBLIC",
        f"GRANT SELECT, INSERT, DELETE ON {leads} TO PUBLIC",
        f"GRANT SELECT, INSERT, DELETE ON {scores} TO PUBLIC",
    )


def lead_columns(use_case: UseCase) -> tuple[tuple[str, str], ...]:
    """Name and type of each column of the table of clean leads, in order."""
    schema = use_case.schema
    return (
        (LINE, "BIGINT NOT NULL"),
        *((column.name, _type(column)) for column in (*schema.columns, *schema.derived)),
        (LOADED_VERSION, f"{_HASH} NOT NULL"),
    )


def score_columns(use_case: UseCase) -> tuple[tuple[str, str], ...]:
    """Name and type of each column of the table of scores, in order."""
    return (
        (use_case.schema.id.name, _type(use_case.schema.id)),
        ("moment", f"{_LEVEL} NOT NULL"),
        ("model_version", f"{_LEVEL} NOT NULL"),
        ("scored_at", "TIMESTAMP NOT NULL"),
        ("score", "INTEGER NOT NULL"),
        ("probability", "DOUBLE PRECISION"),
        ("band", f"{_LEVEL} NOT NULL"),
        ("low_confidence", "BOOLEAN NOT NULL"),
        ("reasons_for", _CELL),
        ("reasons_against", _CELL),
        (LOADED_VERSION, f"{_HASH} NOT NULL"),
    )


def _type(column: Column) -> str:
    if column.role is Role.ID:
        return f"{_CELL} NOT NULL"
    return _TYPES.get(column.kind) or _text(column.levels)


def _text(levels: tuple[str, ...]) -> str:
    """Wide enough for any level; without levels, for any cell."""
    longest = max((len(level.encode()) for level in levels), default=0)
    return _LEVEL if 0 < longest <= 256 else _CELL


def _create(table: str, columns: Iterable[tuple[str, str]]) -> str:
    listed = ", ".join(f"{identifier(name)} {kind}" for name, kind in columns)
    return f"CREATE TABLE IF NOT EXISTS {table} ({listed})"
