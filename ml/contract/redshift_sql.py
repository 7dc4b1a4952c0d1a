"""Statements that only Redshift knows: rows come from S3 by COPY and go there by UNLOAD."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ml.contract.names import LOADED_VERSION
from ml.contract.spelling import identifier, quote
from ml.contract.table_names import TableName

_LOADING = identifier("loading")


class Part(NamedTuple):
    """A Parquet file in S3, and its size."""

    uri: str
    bytes: int


def literal(text: str) -> str:
    r"""Text as Redshift's literal: unlike elsewhere, a backslash escapes what follows it.

    Examples
    --------
    >>> print(literal("a\\b'c"))
    'a\\b''c'
    """
    return quote(text.replace("\\", "\\\\"))


def manifest(parts: Iterable[Part]) -> str:
    """What COPY is told to read: these files, all of them, of that size.

    Examples
    --------
    >>> manifest([Part("s3://clean/a.parquet", 8)])
    '{"entries": [{"url": "s3://clean/a.parquet", "mandatory": true, "meta": {"content_length": 8}}]}'
    """  # noqa: E501 - JSON of one line
    entries = [
        {"url": part.uri, "mandatory": True, "meta": {"content_length": part.bytes}}
        for part in parts
    ]
    return json.dumps({"entries": entries})


def delete_sql(table: TableName, version: str) -> str:
    """Statement that forgets what a version loaded."""
    return f"DELETE FROM {table.sql} WHERE {identifier(LOADED_VERSION)} = {literal(version)}"


def load_statements(
    table: TableName, columns: Sequence[str], version: str, *, manifest_uri: str, role: str
) -> tuple[str, ...]:
    """Statements that replace a version's rows by those of a manifest, for one transaction.

    COPY takes the columns of Parquet files by position, and all of them. So it fills a table of
    the session that has just the files' columns, and from there they go on by name: tables may
    have gained columns since, in any place.

    Parameters
    ----------
    table : TableName
    columns : sequence of str
        Those of every file, in the files' order.
    version : str
        Names the load.
    manifest_uri : str
        ``s3://`` address of the manifest.
    role : str
        ARN of the role that Redshift takes on to read the files.

    Returns
    -------
    tuple of str
        The last but one inserts the rows, and tells how many.
    """
    listed = ", ".join(identifier(column) for column in columns)
    versioned = f"{listed}, {identifier(LOADED_VERSION)}"
    return (
        f"CREATE TEMP TABLE {_LOADING} AS SELECT {listed} FROM {table.sql} WHERE 1 = 0",
        f"COPY {_LOADING} FROM {literal(manifest_uri)} IAM_ROLE {literal(role)} "
        "FORMAT AS PARQUET MANIFEST",
        delete_sql(table, version),
        f"INSERT INTO {table.sql} ({versioned}) "
        f"SELECT {listed}, {literal(version)} FROM {_LOADING}",
        f"DROP TABLE {_LOADING}",
    )


def unload_sql(sql: str, *, to: str, role: str, ordered: bool) -> str:
    """Statement that writes a query's rows as Parquet files, and a manifest of them.

    Parameters
    ----------
    sql : str
        The query, without parameters.
    to : str
        What the files' addresses begin with; the manifest's ends in ``manifest``.
    role : str
        ARN of the role that Redshift takes on to write them.
    ordered : bool
        Whether the rows' order matters: then they are written one after the other.
    """
    serial = " PARALLEL OFF" if ordered else ""
    return (
        f"UNLOAD ({literal(sql)}) TO {literal(to)} IAM_ROLE {literal(role)} "
        f"FORMAT AS PARQUET MANIFEST VERBOSE{serial}"
    )
