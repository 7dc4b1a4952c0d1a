"""The lake's bucket as a folder, and its zones as the tables that the crawler makes of them."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot

from ml.contract.lake_queries import QUERIED, lake_queries
from ml.contract.names import Zone
from ml.contract.places import partition
from ml.contract.use_case import UseCase


class CrawledLake:
    """Answers Athena's SQL about Parquet files that lie as they do in the bucket.

    Parameters
    ----------
    folder : Path
        In place of the bucket.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(
        self,
        zone: Zone,
        use_case: UseCase,
        version: str,
        schema: pa.Schema,
        rows: list[dict[str, Any]],
    ) -> None:
        """Leave rows of one version of a file in a zone."""
        place = self.folder / partition(zone, use_case.name, version)
        place.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), place / "part-0.parquet")

    def ask(self, use_case: UseCase, title: str) -> list[dict[str, Any]]:
        """Rows of a saved query."""
        (query,) = (each for each in lake_queries(use_case) if each.title == title)
        with duckdb.connect() as connection:
            for zone in QUERIED:
                if (self.folder / zone).is_dir():
                    connection.execute(_table(zone, self.folder))
            (statement,) = sqlglot.transpile(query.sql, read="athena", write="duckdb")
            found = connection.sql(statement)
            return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def _table(zone: Zone, folder: Path) -> str:
    # No view: DuckDB 2.0.0 loses a filter on a partition below COUNT(*) OVER.
    return (
        f"CREATE TABLE {zone} AS SELECT * FROM read_parquet('{folder}/{zone}/*/*/*.parquet', "
        "hive_partitioning=true, hive_types={'use_case': VARCHAR, 'version': VARCHAR})"
    )
