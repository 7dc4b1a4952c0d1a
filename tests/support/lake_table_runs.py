"""What the lake's table does to rows, for Spark's own environment, which knows Parquet."""

import json

from ml.contract.errors import OtherSchemaVersion

TABLE = "leads"


def rows(spark, table):
    found = spark.sql(f"SELECT * FROM {table}").collect()
    return sorted((row.asDict() for row in found), key=str)


def main():
    from pyspark.sql import SparkSession

    from glue_jobs.lake_table import replace_version

    builder = SparkSession.builder.config("spark.sql.sources.partitionOverwriteMode", "dynamic")
    spark = builder.getOrCreate()
    said = {}

    def load(frame, version):
        replace_version(spark, frame, table=TABLE, version=version, form="parquet")

    first = spark.sql("SELECT 1L AS line_number, 'a' AS id")
    load(first, "v1")
    load(spark.sql("SELECT 2L AS line_number, 'b' AS id"), "v2")
    said["two versions"] = rows(spark, TABLE)
    load(spark.sql("SELECT 1L AS line_number, 'c' AS id"), "v1")
    said["one replaced"] = rows(spark, TABLE)
    load(spark.sql("SELECT 3L AS line_number, 'd' AS id, true AS won"), "v3")
    said["one column more"] = rows(spark, TABLE)
    for name, frame in {
        "another type": spark.sql("SELECT 'x' AS line_number, 'a' AS id, true AS won"),
        "one column less": first,
    }.items():
        try:
            load(frame, "v4")
        except OtherSchemaVersion as error:
            said[name] = str(error)
    said["after refusals"] = rows(spark, TABLE)
    print(json.dumps(said))
