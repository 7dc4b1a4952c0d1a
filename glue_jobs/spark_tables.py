"""Tables of one file while Spark cleans it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyspark.sql import Row, SparkSession

from ml.contract.names import LINE


@dataclass(frozen=True)
class SparkTables:
    """Views of a Spark session.

    Parameters
    ----------
    spark : SparkSession
    places : mapping of str to str
        Tables that are written as Parquet, and where; the others stay in the executors' memory
        and on their disks.
    """

    spark: SparkSession
    places: Mapping[str, str]

    def keep(self, name: str, sql: str) -> int:
        """Keep a query's rows as one more table; their number."""
        rows = self.spark.sql(sql)
        if name in self.places:
            rows.write.mode("overwrite").parquet(self.places[name])
            return self.read(name, self.places[name])
        rows.cache().createOrReplaceTempView(name)
        return int(rows.count())

    def read(self, name: str, *places: str) -> int:
        """Add Parquet files as a table; its number of rows."""
        rows = self.spark.read.parquet(*places)
        rows.createOrReplaceTempView(name)
        return int(rows.count())

    def one(self, sql: str) -> dict[str, Any]:
        """The only row of a query."""
        row: dict[str, Any] = self.spark.sql(sql).collect()[0].asDict()
        return row

    def batches(self, sql: str, size: int) -> Iterator[pa.RecordBatch]:
        """A query's rows in pieces; every column but the line is text."""
        rows = self.spark.sql(sql)
        kinds = pa.schema([(n, pa.int64() if n == LINE else pa.string()) for n in rows.columns])
        waiting: list[Row] = []
        for row in rows.toLocalIterator():
            waiting.append(row)
            if len(waiting) == size:
                yield _batch(waiting, kinds)
                waiting = []
        yield _batch(waiting, kinds)


def _batch(rows: list[Row], kinds: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([row.asDict() for row in rows], schema=kinds)
