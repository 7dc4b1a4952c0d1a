"""Statements of Redshift, executed by PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import IO, Any

import psycopg2
import sqlglot
from psycopg2 import extensions
from sqlglot import ErrorLevel, exp

from tests.support.data_api.results import ROW_BYTES, Column, Result, row_bytes
from tests.support.data_api.transfers import (
    NULL,
    PART_ROWS,
    Copy,
    Unload,
    as_csv,
    parts,
    transfer,
    write_parts,
)


class Refused(Exception):
    """Raised in the words with which a statement fails."""


class Engine:
    """One database.

    Parameters
    ----------
    uri : str
        Of the database.
    s3 : client
        Of boto3.
    role : str
        ARN of the only role that COPY and UNLOAD may take on.
    """

    def __init__(self, uri: str, s3: Any, *, role: str) -> None:
        self._uri, self._s3, self._role = uri, s3, role
        self.part_rows = PART_ROWS

    @contextmanager
    def transaction(self) -> Iterator[extensions.connection]:
        """A session; what was done in it takes effect if the block ends well."""
        connection = psycopg2.connect(self._uri)
        try:
            yield connection
            connection.commit()
        finally:
            connection.close()

    def execute(
        self, connection: extensions.connection, sql: str, parameters: Mapping[str, str]
    ) -> Result:
        """Execute one statement.

        Raises
        ------
        Refused
            In PostgreSQL's words, or in Redshift's for what PostgreSQL does not know.
        """
        asked = transfer(sql)
        with connection.cursor() as cursor:
            try:
                if isinstance(asked, Copy):
                    return self._copy(cursor, asked)
                if isinstance(asked, Unload):
                    return self._unload(cursor, asked)
                # Without parameters, psycopg2 leaves signs of percent alone.
                cursor.execute(_postgres(sql, parameters))
                return _result(cursor)
            except (psycopg2.Error, LookupError) as error:
                raise Refused(f"ERROR: {error}") from error

    def _copy(self, cursor: extensions.cursor, asked: Copy) -> Result:
        self._take_on(asked.role)
        loaded = 0
        cursor.execute(f"SELECT * FROM {asked.table} WHERE 1 = 0")
        wanted = len(cursor.description or ())
        for table in parts(self._s3, asked.manifest):
            if table.num_columns != wanted:
                raise Refused(
                    f"ERROR: Spectrum Scan Error. File has {table.num_columns} columns, but the "
                    f"table has {wanted}"
                )
            cursor.copy_expert(f"COPY {asked.table} FROM STDIN (FORMAT csv)", as_csv(table))
            loaded += table.num_rows
        return Result(affected=loaded)

    def _unload(self, cursor: extensions.cursor, asked: Unload) -> Result:
        self._take_on(asked.role)
        sql = _postgres(asked.sql, {})
        cursor.execute(f"SELECT * FROM ({sql}) AS described WHERE 1 = 0")
        columns = _columns(cursor)
        copy = f"COPY ({sql}) TO STDOUT (FORMAT csv, NULL '{NULL}')"
        with _flowing(lambda to: cursor.copy_expert(copy, to)) as rows:
            written = write_parts(self._s3, rows, columns, asked.to, self.part_rows)
        return Result(affected=written)

    def _take_on(self, role: str) -> None:
        if role != self._role:
            raise Refused(f"ERROR: User is not authorized to assume IAM Role {role}")


@contextmanager
def _flowing(write: Callable[[IO[bytes]], None]) -> Iterator[IO[bytes]]:
    """What is written elsewhere, readable while it comes."""
    reading, writing = os.pipe()

    def fill() -> None:
        with os.fdopen(writing, "wb") as stream:
            write(stream)

    with ThreadPoolExecutor(1) as other, os.fdopen(reading, "rb") as rows:
        filled = other.submit(fill)
        yield rows
        filled.result()


def _postgres(sql: str, parameters: Mapping[str, str]) -> str:
    try:
        parsed = sqlglot.parse_one(sql, read="redshift")
        for placeholder in list(parsed.find_all(exp.Placeholder)):
            if placeholder.name not in parameters:
                raise Refused(f"ERROR: Parameters list is missing {placeholder.name}")
            placeholder.replace(exp.Literal.string(parameters[placeholder.name]))
        return parsed.sql("postgres", unsupported_level=ErrorLevel.RAISE)
    except sqlglot.errors.SqlglotError as error:
        raise Refused(f"ERROR: syntax error: {error}") from error


def _result(cursor: extensions.cursor) -> Result:
    if cursor.description is None:
        return Result(affected=cursor.rowcount)
    rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
    sizes = [row_bytes(row) for row in rows]
    if max(sizes, default=0) > ROW_BYTES:
        raise Refused("Row size exceeds the maximum of 64 KB of a result")
    return Result(len(rows), _columns(cursor), rows, sum(sizes))


def _columns(cursor: extensions.cursor) -> list[Column]:
    described = [(d.name, d.type_code, d.precision, d.scale) for d in cursor.description or ()]
    names = _type_names(cursor.connection.dsn)
    return [
        Column(name, names[code], *((precision, scale) if names[code] == "numeric" else ()))
        for name, code, precision, scale in described
    ]


@cache
def _type_names(dsn: str) -> dict[int, str]:
    """PostgreSQL's own types, which are the same in every database."""
    connection = psycopg2.connect(dsn)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT oid, typname FROM pg_type")
            return dict(cursor.fetchall())
    finally:
        connection.close()
