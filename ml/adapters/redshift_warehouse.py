"""The warehouse of the AWS home: Redshift Serverless, through its Data API and S3."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ml.adapters.query_text import QueryText
from ml.adapters.redshift_data import RedshiftData
from ml.adapters.redshift_decoding import decoded
from ml.adapters.redshift_unloading import collect
from ml.adapters.staged_files import StagedFiles
from ml.contract.errors import ResultTooLarge
from ml.contract.migrations import FoundColumn, additions, check_file, found_sql
from ml.contract.redshift_sql import Part, delete_sql, load_statements, manifest, unload_sql
from ml.contract.table_ddl import table_ddl
from ml.contract.table_names import TableName
from ml.contract.use_case import UseCase

#: Larger results come by UNLOAD: paging takes minutes there, and ends at 500 MB.
PAGED_BYTES = 50 * 2**20


class RedshiftWarehouse:
    """Tables called `<use case>.<table>` in one database.

    Parameters
    ----------
    data : RedshiftData
        Runs statements.
    staged : callable
        Makes a folder in S3 that is gone after use.
    role : str
        ARN of the role that Redshift takes on for COPY and UNLOAD: one of its namespace's.
    paged_bytes : int, default=50 MiB
        Size of a result from which on it comes by UNLOAD.
    """

    def __init__(
        self,
        data: RedshiftData,
        staged: Callable[[], StagedFiles],
        *,
        role: str,
        paged_bytes: int = PAGED_BYTES,
    ) -> None:
        self._data, self._staged, self._role = data, staged, role
        self._paged_bytes = paged_bytes

    def prepare(self, use_case: UseCase) -> None:
        """Make the use case's tables, or add the columns that they lack.

        Raises
        ------
        OtherSchemaVersion
            If a column would change its type or disappear; then nothing is changed.
        AccessDenied
            If something is to be done and the tables are another's.
        """
        if added := additions(use_case, self._found(use_case.name)):
            self._data.execute_together([*table_ddl(use_case), *added])

    def load(self, table: str, file: Path, version: str) -> int:
        """Replace the rows that `version` loaded before by those of a Parquet file.

        Parameters
        ----------
        table : str
            `<use case>.<table>`, of a use case that was prepared.
        file : Path
            Parquet; columns that the table has and the file has not become NULL.
        version : str
            Names the load; loading it twice leaves one copy.

        Returns
        -------
        int
            Rows loaded.

        Raises
        ------
        OtherSchemaVersion
            If the file has a column that the table has not.
        """
        name, facts = TableName.of(table), pq.read_metadata(file)
        columns = facts.schema.to_arrow_schema().names
        if not facts.num_rows:
            return self.load_parts(table, [], version, columns=columns)
        check_file(name, columns, self._found(name.schema))
        with self._staged() as folder:
            return self._copy(name, [folder.put("rows.parquet", file)], version, columns, folder)

    def load_parts(
        self, table: str, parts: Sequence[Part], version: str, *, columns: Sequence[str]
    ) -> int:
        """Replace the rows that `version` loaded before by those of files that lie in S3 already.

        Parameters
        ----------
        table, version
            As of `load`.
        parts : sequence of Part
            Addresses and sizes of Parquet files that the warehouse's role may read.
        columns : sequence of str
            Those of every file, in the files' order.

        Returns
        -------
        int
            Rows loaded.

        Raises
        ------
        OtherSchemaVersion
            If the files have a column that the table has not.
        Gone
            If one of the files is not there; then nothing is loaded.
        """
        name = TableName.of(table)
        check_file(name, columns, self._found(name.schema))
        if not parts:
            self._data.execute_together([delete_sql(name, version)])
            return 0
        with self._staged() as folder:
            return self._copy(name, parts, version, columns, folder)

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """Rows of a query, with `:name` for parameters; a large result comes by UNLOAD."""
        try:
            done = self._data.execute(*_sayable(sql, parameters or {}))
        except ResultTooLarge:
            return self._unloaded(sql, parameters)
        if done.bytes > self._paged_bytes:
            return self._unloaded(sql, parameters)
        return decoded(self._data.pages(done.id))

    def export(self, sql: str, to: Path, parameters: Mapping[str, Any] | None = None) -> int:
        """Write a query's rows as Parquet, all or nothing; their number."""
        query = QueryText.of(sql, parameters or {})
        with self._staged() as folder:
            self._data.execute(
                unload_sql(query.sql, to=folder.uri(""), role=self._role, ordered=query.ordered)
            )
            return collect(folder, to, schema=lambda: self._schema(query.sql))

    def _unloaded(self, sql: str, parameters: Mapping[str, Any] | None) -> pa.Table:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "rows.parquet"
            self.export(sql, file, parameters)
            return pq.read_table(file)

    def _copy(
        self,
        name: TableName,
        parts: Sequence[Part],
        version: str,
        columns: Sequence[str],
        folder: StagedFiles,
    ) -> int:
        uri = folder.write("manifest.json", manifest(parts))
        statements = load_statements(name, columns, version, manifest_uri=uri, role=self._role)
        return self._data.execute_together(statements)[-2].rows

    def _found(self, schema: str) -> list[FoundColumn]:
        rows = decoded(self._data.pages(self._data.execute(found_sql(schema)).id))
        return [FoundColumn(*row.values()) for row in rows.to_pylist()]

    def _schema(self, sql: str) -> pa.Schema:
        """Names and types of a query's rows, without any row."""
        empty = self._data.execute(f"SELECT * FROM ({sql}) AS described WHERE 1 = 0")
        return decoded(self._data.pages(empty.id)).schema


def _sayable(sql: str, parameters: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """A query and its parameters; the Data API has no word for an empty text or for NULL."""
    if any(value in (None, "") for value in parameters.values()):
        return QueryText.of(sql, parameters).sql, {}
    return sql, parameters
