"""A feature store in one DuckDB file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from ml.contract.errors import DependencyUnavailable
from ml.contract.feature_group import AS_OF, EVENT_TIME, FeatureGroup
from ml.contract.spelling import identifier
from ml.core.feature_records import (
    answers,
    checked_questions,
    checked_records,
    in_utc,
    questions,
    stored_schema,
)

# Of records with one time, the last that came counts.
_NUMBER, _CAME = "record_number", "came"


class LocalFeatureStore:
    """Keeps every record, and joins by time.

    Parameters
    ----------
    file : Path
        The database; opened for each call, so that no process keeps others out.
    group : FeatureGroup
        Whose records; each group is a table.
    now : callable
        The time, in UTC.
    """

    def __init__(self, file: Path, group: FeatureGroup, *, now: Callable[[], datetime]) -> None:
        self._file, self._group, self._now = file, group, now
        self._table = identifier(group.use_case)
        self._id = identifier(group.id.name)

    def put_records(self, records: pa.Table) -> int:
        """Keep records, all or none; their number."""
        now = self._now()
        kept = checked_records(records, self._group, now)
        with self._open() as connection:
            connection.register("put", _plain(kept))
            connection.execute(
                f"INSERT INTO {self._table} BY NAME SELECT *, $now AS {_CAME}, "
                f"(SELECT coalesce(max({_NUMBER}), 0) FROM {self._table}) + row_number() OVER () "
                f"AS {_NUMBER} FROM put",
                {"now": now.replace(tzinfo=None)},
            )
        return int(kept.num_rows)

    def last_known(self, leads: Sequence[str]) -> pa.Table:
        """The record of each lead that is true now."""
        now = self._now()
        found = self._read(questions(leads, now, self._group), now)
        return found.filter(found[EVENT_TIME].is_valid()).drop_columns([AS_OF])

    def as_of(self, asked: pa.Table, *, known_by: datetime | None = None) -> pa.Table:
        """What was known of leads at times."""
        limit = None if known_by is None else in_utc(known_by, "known_by")
        return self._read(checked_questions(asked, self._group), limit)

    def erase(self, leads: Sequence[str]) -> None:
        """Delete every record of leads."""
        with self._open() as connection:
            connection.execute(
                f"DELETE FROM {self._table} WHERE list_contains($leads, {self._id})",
                {"leads": list(leads)},
            )

    def _read(self, asked: pa.Table, known_by: datetime | None) -> pa.Table:
        limit = None if known_by is None else known_by.replace(tzinfo=None)
        with self._open() as connection:
            places = pa.array(range(asked.num_rows), pa.int64())
            connection.register("asked", _plain(asked).append_column("place", places))
            found = connection.sql(self._joined(), params={"known_by": limit}).to_arrow_table()
        return answers(_in_utc(found), self._group)

    def _joined(self) -> str:
        """Each record counts from when it had happened and come; then the newest event wins."""
        columns = ", ".join(f"record.{identifier(c.name)}" for c in self._group.features)
        return f"""
            WITH known AS (
                SELECT {self._id} AS lead, {EVENT_TIME}, {_NUMBER},
                    CASE WHEN $known_by::TIMESTAMP IS NULL THEN greatest({EVENT_TIME}, {_CAME})
                    ELSE {EVENT_TIME} END AS since
                FROM {self._table}
                WHERE {_CAME} <= coalesce($known_by::TIMESTAMP, 'infinity')
                    AND {self._id} IN (SELECT {self._id} FROM asked)
            ), newest AS (
                SELECT DISTINCT lead, since, max(({EVENT_TIME}, {_NUMBER}))
                    OVER (PARTITION BY lead ORDER BY since) AS top
                FROM known
            )
            SELECT asked.{self._id}, {columns}, record.{EVENT_TIME}, asked.{AS_OF}
            FROM asked
            ASOF LEFT JOIN newest
                ON asked.{self._id} = newest.lead AND asked.{AS_OF} >= newest.since
            LEFT JOIN {self._table} AS record ON record.{_NUMBER} = newest.top[2]
            ORDER BY asked.place"""

    @contextmanager
    def _open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            with closing(duckdb.connect(str(self._file))) as connection:
                connection.register("empty", _plain(stored_schema(self._group).empty_table()))
                connection.execute(
                    f"CREATE TABLE IF NOT EXISTS {self._table} AS SELECT *, "
                    f"NULL::TIMESTAMP AS {_CAME}, NULL::BIGINT AS {_NUMBER} FROM empty"
                )
                yield connection
        except duckdb.IOException as error:
            raise DependencyUnavailable(
                f"{self._file.name} in this home cannot be opened ({error}); "
                "close the program that has it open, then try again"
            ) from error


def _plain(table: pa.Table) -> pa.Table:
    """Times without their zone, all UTC: DuckDB shows others in the zone of the session."""
    kinds = [
        pa.field(f.name, pa.timestamp("us") if pa.types.is_timestamp(f.type) else f.type)
        for f in table.schema
    ]
    return table.cast(pa.schema(kinds))


def _in_utc(table: pa.Table) -> pa.Table:
    kinds = [
        pa.field(f.name, pa.timestamp("us", tz="UTC") if pa.types.is_timestamp(f.type) else f.type)
        for f in table.schema
    ]
    return table.cast(pa.schema(kinds))
