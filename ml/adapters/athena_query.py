"""One statement in Athena: started, waited for, its rows read from S3."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import pyarrow as pa
import pyarrow.csv as pa_csv

from ml.adapters.aws_faults import aws_faults
from ml.adapters.s3_access import S3Place, s3_faults
from ml.contract.errors import DependencyUnavailable

_FIRST_WAIT, _LONGEST_WAIT = 0.25, 5.0
_RUNNING = {"QUEUED", "RUNNING"}
_LINES = pa_csv.ParseOptions(newlines_in_values=True)


class AthenaQuery:
    """Runs statements in one workgroup, which says where results go and what a query may cost.

    Parameters
    ----------
    workgroup : str
        Its name.
    patience : timedelta, default=10 minutes
        How long a statement may take before it is stopped.
    """

    def __init__(self, workgroup: str, *, patience: timedelta = timedelta(minutes=10)) -> None:
        self._workgroup, self._patience = workgroup, patience

    def fetch_rows(self, sql: str, schema: pa.Schema, *, database: str) -> pa.Table:
        """The statement's rows.

        Parameters
        ----------
        sql : str
        schema : Schema
            Types of its columns; in Athena's results every cell is text.
        database : str
            Where its tables are looked for.

        Raises
        ------
        DependencyUnavailable
            If Athena refuses or fails, saying why, or takes longer than `patience`.
        """
        with aws_faults(f"Athena's workgroup {self._workgroup!r}"):
            results = self._results_of(sql, database)
        return _read(results, schema)

    def _results_of(self, sql: str, database: str) -> str:
        """Where the results lie."""
        import boto3

        athena = boto3.client("athena")
        started = athena.start_query_execution(
            QueryString=sql,
            WorkGroup=self._workgroup,
            QueryExecutionContext={"Database": database},
        )
        query = started["QueryExecutionId"]
        deadline = time.monotonic() + self._patience.total_seconds()
        for wait in _waits():
            found = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            state = found["Status"]["State"]
            if state == "SUCCEEDED":
                return str(found["ResultConfiguration"]["OutputLocation"])
            if state not in _RUNNING:
                why = found["Status"].get("StateChangeReason", "no reason given")
                raise DependencyUnavailable(f"Athena's query {query} is {state}: {why}")
            if time.monotonic() + wait > deadline:
                break
            time.sleep(wait)
        athena.stop_query_execution(QueryExecutionId=query)
        raise DependencyUnavailable(
            f"Athena's query {query} was stopped after {self._patience}; ask for fewer leads"
        )


def _waits() -> Iterator[float]:
    wait = _FIRST_WAIT
    while True:
        yield wait
        wait = min(2 * wait, _LONGEST_WAIT)


def _read(uri: str, schema: pa.Schema) -> pa.Table:
    import boto3

    folder, _, name = uri.rpartition("/")
    place = S3Place.of(folder)
    with s3_faults(place.bucket, place.key(name)):
        found = boto3.client("s3").get_object(Bucket=place.bucket, Key=place.key(name))
        content = found["Body"].read()
    return pa_csv.read_csv(BytesIO(content), parse_options=_LINES, convert_options=_types(schema))


def _types(schema: pa.Schema) -> pa_csv.ConvertOptions:
    # Athena quotes every text and leaves NULL bare.
    return pa_csv.ConvertOptions(
        column_types=dict(zip(schema.names, schema.types, strict=True)),
        include_columns=schema.names,
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        null_values=[""],
    )
