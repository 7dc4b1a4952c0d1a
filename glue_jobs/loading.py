"""Clean rows go where people query them: the lake's table, and the warehouse."""

from __future__ import annotations

from pyspark.sql import SparkSession

from glue_jobs.lake_table import replace_version
from glue_jobs.spark_cleaning import Cleaned
from ml.adapters.redshift_opening import open_redshift
from ml.contract.jobs import CleaningOptions
from ml.contract.names import Table
from ml.contract.redshift_sql import Part
from ml.contract.use_case import UseCase

# COPY of a large file takes longer than a question.
_COPY_SECONDS = 900.0


def load(spark: SparkSession, use_case: UseCase, options: CleaningOptions, done: Cleaned) -> None:
    """Replace what this version of a file loaded before, wherever the options say.

    Raises
    ------
    OtherSchemaVersion
        If a table has a column of another type.
    DependencyUnavailable
        If the warehouse does not take the rows; then it has none of them.
    """
    if options.table:
        rows = spark.read.parquet(*(part.uri for part in done.parts))
        replace_version(spark, rows, table=options.table, version=done.version)
    warehouse = options.warehouse
    if warehouse:
        parts = [Part(part.uri, part.bytes) for part in done.parts]
        open_redshift(warehouse, seconds=_COPY_SECONDS).load_parts(
            f"{use_case.name}.{Table.LEADS}", parts, done.version, columns=done.columns
        )
