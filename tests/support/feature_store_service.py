"""SageMaker's feature store and Athena without AWS: records in memory, SQL on DuckDB.

It stands in where moto answers nothing: behind botocore, so that our code's own clients check,
sign and read every request.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import sqlglot
from botocore.awsrequest import AWSResponse
from moto import mock_aws

from ml.contract.feature_group import EVENT_TIME, FeatureGroup

NAME, WORKGROUP, RESULTS = "leadwise-test-leads", "leadwise-test", "results"
_DATABASE, _TABLE = "sagemaker_featurestore", "leadwise_test_leads_1700000000"
_STORED = {"Integral": pa.int64(), "Fractional": pa.float64(), "String": pa.string()}


@dataclass(kw_only=True)
class FeatureStoreService:
    """One feature group as SageMaker keeps it.

    Parameters
    ----------
    group : FeatureGroup
        Its definition.
    now : callable
        The service's clock, in UTC.
    online : bool
        Whether it has an online store.
    lag : timedelta
        How long a record needs from the call to the offline store.
    fails : list
        Faults to answer with before anything else: HTTP status and code.
    athena_says : str
        State that queries end in.
    """

    group: FeatureGroup
    now: Callable[[], datetime]
    online: bool = False
    lag: timedelta = timedelta()
    fails: list[tuple[int, str]] = field(default_factory=list)
    athena_says: str = "SUCCEEDED"
    asked: list[str] = field(default_factory=list)
    _rows: list[dict[str, Any]] = field(default_factory=list)
    _online: dict[str, dict[str, str]] = field(default_factory=dict)
    _queries: dict[str, tuple[str, str]] = field(default_factory=dict)

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        """The service's answer to a request."""
        url = urlsplit(request.url)
        if self.fails:
            status, code = self.fails.pop(0)
            return _response(request, status, {"__type": code, "Message": "planted"}, code)
        target = request.headers.get("X-Amz-Target", b"")
        name = (target.decode() if isinstance(target, bytes) else target).partition(".")[2]
        operation = name or f"{request.method} {url.path.split('/')[1]}"
        body = json.loads(request.body or b"{}")
        asked = {k: v[0] for k, v in parse_qs(url.query, keep_blank_values=True).items()}
        self.asked.append(operation)
        group = unquote(url.path.split("/")[-1]) if "/FeatureGroup/" in url.path else ""
        if group not in ("", NAME) or body.get("FeatureGroupName", NAME) != NAME:
            missing = {"Message": f"no group {group}", "__type": "ResourceNotFound"}
            return _response(request, 400, missing, "ResourceNotFound")
        return _response(request, 200, self._operations[operation](body | asked))

    @property
    def _operations(self) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
        return {
            "DescribeFeatureGroup": lambda _: self._described(),
            "PUT FeatureGroup": self._put,
            "DELETE FeatureGroup": self._delete,
            "POST BatchGetRecord": self._get,
            "StartQueryExecution": self._start,
            "GetQueryExecution": lambda asked: self._state(asked["QueryExecutionId"]),
            "StopQueryExecution": lambda _: {},
        }

    def _described(self) -> dict[str, Any]:
        catalog = {"Catalog": "AwsDataCatalog", "Database": _DATABASE, "TableName": _TABLE}
        return {
            "FeatureGroupName": NAME,
            "OnlineStoreConfig": {"EnableOnlineStore": self.online},
            "OfflineStoreConfig": {"DataCatalogConfig": catalog},
        }

    def _put(self, body: dict[str, Any]) -> dict[str, Any]:
        given = {value["FeatureName"]: value["ValueAsString"] for value in body["Record"]}
        unknown = given.keys() - self.group.definitions.keys()
        assert not unknown, f"ValidationError: {unknown} are no features"
        lead = given[self.group.id.name]
        self._keep(given, deleted=False)
        known = self._online.get(lead)
        if self.online and (known is None or known[EVENT_TIME] <= given[EVENT_TIME]):
            self._online[lead] = given
        return {}

    def _delete(self, asked: dict[str, Any]) -> dict[str, Any]:
        lead = asked["RecordIdentifierValueAsString"]
        assert self.online or "DeletionMode" not in asked
        known = self._online.get(lead, {}).get(EVENT_TIME, "")
        assert known < asked["EventTime"], "ValidationError: the record is of a later event"
        self._keep({self.group.id.name: lead, EVENT_TIME: asked["EventTime"]}, deleted=True)
        self._online.pop(lead, None)
        return {}

    def _keep(self, given: dict[str, str], *, deleted: bool) -> None:
        now = self.now().replace(tzinfo=None)
        called = now + timedelta(microseconds=len(self._rows))  # calls come one after another
        said = {"api_invocation_time": called, "write_time": now + self.lag}
        self._rows.append({**given, **said, "is_deleted": deleted})

    def _get(self, body: dict[str, Any]) -> dict[str, Any]:
        (asked,) = body["Identifiers"]
        found = [
            {"FeatureGroupName": NAME, "RecordIdentifierValueAsString": lead, "Record": values}
            for lead in asked["RecordIdentifiersValueAsString"]
            if (values := _values(self._online.get(lead, {})))
        ]
        return {"Records": found, "Errors": [], "UnprocessedIdentifiers": []}

    def _start(self, body: dict[str, Any]) -> dict[str, Any]:
        assert len(body["QueryString"].encode()) <= 262_144
        assert (body["WorkGroup"], body["QueryExecutionContext"]["Database"]) == (
            WORKGROUP,
            _DATABASE,
        )
        query, key = str(uuid.uuid4()), f"athena/{uuid.uuid4()}.csv"
        if self.athena_says == "SUCCEEDED":
            boto3.client("s3").put_object(
                Bucket=RESULTS, Key=key, Body=self._results(body["QueryString"])
            )
        self._queries[query] = (self.athena_says, f"s3://{RESULTS}/{key}")
        return {"QueryExecutionId": query}

    def _state(self, query: str) -> dict[str, Any]:
        state, place = self._queries[query]
        status = {"State": state, "StateChangeReason": "planted"}
        results = {"OutputLocation": place}
        return {"QueryExecution": {"Status": status, "ResultConfiguration": results}}

    def _results(self, sql: str) -> bytes:
        """CSV as Athena writes it: every cell in quotes but NULL, which is bare."""
        with duckdb.connect() as connection:
            connection.register(_TABLE, self.offline())
            (statement,) = sqlglot.transpile(sql, read="athena", write="duckdb")
            found = connection.sql(statement).to_arrow_table()
        texts = found.cast(pa.schema([(name, pa.string()) for name in found.schema.names]))
        sink = pa.BufferOutputStream()
        pa_csv.write_csv(texts, sink, pa_csv.WriteOptions(quoting_style="all_valid"))
        return bytes(sink.getvalue())

    def offline(self) -> pa.Table:
        """The offline store's table, typed as SageMaker's table in the Glue catalog."""
        kinds = {name: _STORED[kind] for name, kind in self.group.definitions.items()}
        columns = {
            name: pa.array([row.get(name) for row in self._rows], pa.string()).cast(kind)
            for name, kind in kinds.items()
        }
        for name in ("api_invocation_time", "write_time"):
            columns[name] = pa.array([row[name] for row in self._rows], pa.timestamp("us"))
        deleted = pa.array([row["is_deleted"] for row in self._rows], pa.bool_())
        return pa.table({**columns, "is_deleted": deleted})


@contextmanager
def feature_store_service(service: FeatureStoreService) -> Iterator[FeatureStoreService]:
    """Let clients of the default session reach the service; their S3 is moto's."""
    ours = {"passthrough": {"services": ["sagemaker", "athena"]}}
    with mock_aws(config={"core": ours}):
        boto3.setup_default_session(region_name="us-east-1")
        events = boto3.DEFAULT_SESSION.events
        for name in ("sagemaker-featurestore-runtime", "sagemaker", "athena"):
            events.register_first(f"before-send.{name}", service.answer)
        boto3.client("s3").create_bucket(Bucket=RESULTS)
        try:
            yield service
        finally:
            boto3.DEFAULT_SESSION = None


def _values(record: dict[str, str]) -> list[dict[str, str]]:
    return [{"FeatureName": name, "ValueAsString": value} for name, value in record.items()]


def _response(request: Any, status: int, body: dict[str, Any], code: str = "") -> AWSResponse:
    content = json.dumps(body).encode()
    headers = {"x-amzn-errortype": code} if code else {}
    response = AWSResponse(request.url, status, headers, None)
    response._content = content
    return response
