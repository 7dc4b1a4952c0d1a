"""A feature group of SageMaker: records by its API, history from its offline store by Athena."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any

import pyarrow as pa

from ml.adapters.athena_query import AthenaQuery
from ml.adapters.aws_faults import aws_faults
from ml.adapters.offline_features import (
    PLACE,
    Question,
    as_of_sql,
    event_text,
    in_statements,
)
from ml.contract.errors import DependencyUnavailable
from ml.contract.feature_group import AS_OF, EVENT_TIME, FeatureGroup
from ml.core.feature_records import (
    answers,
    checked_questions,
    checked_records,
    in_utc,
    questions,
    stored_schema,
)

_PLACES = pa.int64()
_AT_ONCE = 16
_BEFORE_LOOKING = 320  # after a fault at most so many records are tried
_MOST_GOT = 100  # leads of one BatchGetRecord


class SagemakerFeatureStore:
    """Records reach the offline store within 15 minutes, and are read from then on.

    Parameters
    ----------
    group : FeatureGroup
        Whose records.
    name : str
        What SageMaker calls the group.
    athena : AthenaQuery
        Reads the offline store.
    now : callable
        The time, in UTC.

    Notes
    -----
    The latest record comes from the online store where the group has one, else from the offline
    store. SageMaker keeps what was erased in the files of the offline store, below a marker;
    no read of ours gives it back.
    """

    def __init__(
        self, group: FeatureGroup, name: str, *, athena: AthenaQuery, now: Callable[[], datetime]
    ) -> None:
        self._group, self._name, self._athena, self._now = group, name, athena, now

    def put_records(self, records: pa.Table) -> int:
        """Keep records; their number. Where some fail, the others are kept: put all again."""
        kept = checked_records(records, self._group, self._now())
        rows, put = kept.to_pylist(), partial(self._put_record, self._runtime)
        with aws_faults(self._what), ThreadPoolExecutor(_AT_ONCE) as threads:
            for first in range(0, len(rows), _BEFORE_LOOKING):
                list(threads.map(put, rows[first : first + _BEFORE_LOOKING]))
        return int(kept.num_rows)

    def last_known(self, leads: Sequence[str]) -> pa.Table:
        """The record of each lead that is true now."""
        if self._has_online_store:
            return self._from_online(list(dict.fromkeys(leads)))
        now = self._now()
        found = self._rows_as_of(questions(leads, now, self._group), now)
        return found.filter(found[EVENT_TIME].is_valid()).drop_columns([AS_OF])

    def as_of(self, asked: pa.Table, *, known_by: datetime | None = None) -> pa.Table:
        """What was known of leads at times."""
        limit = None if known_by is None else in_utc(known_by, "known_by")
        return self._rows_as_of(checked_questions(asked, self._group), limit)

    def erase(self, leads: Sequence[str]) -> None:
        """Mark leads as erased, and delete them from the online store."""
        mode = {"DeletionMode": "HardDelete"} if self._has_online_store else {}
        # SageMaker deletes online only what happened before.
        at = event_text(self._now() + timedelta(milliseconds=1))
        with aws_faults(self._what):
            for lead in leads:
                self._runtime.delete_record(
                    FeatureGroupName=self._name,
                    RecordIdentifierValueAsString=lead,
                    EventTime=at,
                    **mode,
                )

    @property
    def _what(self) -> str:
        return f"SageMaker's feature group {self._name!r}"

    @cached_property
    def _runtime(self) -> Any:
        import boto3
        from botocore.config import Config

        config = Config(
            max_pool_connections=_AT_ONCE, retries={"mode": "standard", "max_attempts": 8}
        )
        return boto3.client("sagemaker-featurestore-runtime", config=config)

    @cached_property
    def _described(self) -> dict[str, Any]:
        import boto3

        with aws_faults(self._what):
            sagemaker = boto3.client("sagemaker")
            return dict(sagemaker.describe_feature_group(FeatureGroupName=self._name))

    @property
    def _has_online_store(self) -> bool:
        return bool(self._described.get("OnlineStoreConfig", {}).get("EnableOnlineStore"))

    def _put_record(self, runtime: Any, record: dict[str, Any]) -> None:
        texts = record | {EVENT_TIME: event_text(record[EVENT_TIME])}
        values = [
            {"FeatureName": name, "ValueAsString": str(value)}
            for name, value in texts.items()
            if value is not None
        ]
        runtime.put_record(FeatureGroupName=self._name, Record=values)

    def _from_online(self, leads: list[str]) -> pa.Table:
        found: list[dict[str, str]] = []
        with aws_faults(self._what):
            for first in range(0, len(leads), _MOST_GOT):
                found += self._get(leads[first : first + _MOST_GOT])
        schema = stored_schema(self._group)
        by_lead = {record[self._group.id.name]: record for record in found}
        ordered = [by_lead[lead] for lead in leads if lead in by_lead]
        columns = [
            pa.array([record.get(field.name) for record in ordered], pa.string()).cast(field.type)
            for field in schema
        ]
        return answers(pa.table(columns, schema=schema), self._group)

    def _get(self, leads: list[str]) -> list[dict[str, str]]:
        wanted = {"FeatureGroupName": self._name, "RecordIdentifiersValueAsString": leads}
        answer = self._runtime.batch_get_record(Identifiers=[wanted])
        if answer["Errors"] or answer["UnprocessedIdentifiers"]:
            raise DependencyUnavailable(
                f"{self._what} gave no answer for some of {len(leads)} leads "
                f"({answer['Errors'] or 'it is busy'}); ask again"
            )
        return [
            {value["FeatureName"]: value["ValueAsString"] for value in record["Record"]}
            for record in answer["Records"]
        ]

    def _rows_as_of(self, asked: pa.Table, known_by: datetime | None) -> pa.Table:
        catalog = self._described["OfflineStoreConfig"]["DataCatalogConfig"]
        parts = [
            self._athena.fetch_rows(
                as_of_sql(self._group, catalog["TableName"], part),
                self._found_schema,
                database=catalog["Database"],
            )
            for part in in_statements(self._questions(asked, known_by))
        ]
        found = pa.concat_tables([self._found_schema.empty_table(), *parts])
        places = pa.array(range(asked.num_rows), _PLACES)
        joined = asked.append_column(PLACE, places).join(found, PLACE).sort_by(PLACE)
        return answers(joined, self._group)

    def _questions(self, asked: pa.Table, known_by: datetime | None) -> Iterator[Question]:
        leads, times = (asked[name].to_pylist() for name in (self._group.id.name, AS_OF))
        for place, (lead, at) in enumerate(zip(leads, times, strict=True)):
            yield Question(place=place, lead=lead, at=at, known_by=known_by or at)

    @property
    def _found_schema(self) -> pa.Schema:
        stored = stored_schema(self._group)
        return pa.schema([(PLACE, _PLACES), *(f for f in stored if f.name != self._group.id.name)])
