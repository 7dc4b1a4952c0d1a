"""The table of clean leads that Spark, Athena and others share: Iceberg in the Glue catalog."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import lit
from pyspark.sql.types import StructType

from ml.contract.errors import OtherSchemaVersion
from ml.contract.names import LOADED_VERSION


def replace_version(
    spark: SparkSession, rows: DataFrame, *, table: str, version: str, form: str = "iceberg"
) -> None:
    """Replace what a version loaded before by its rows; all of them or none appear.

    The table is made where it is absent, and gains columns that the use case has gained; rows of
    older versions hold NULL there.

    Parameters
    ----------
    spark : SparkSession
        Overwrites partitions dynamically, see `session_options`.
    rows : DataFrame
        Clean rows.
    table : str
        Catalog, database and table: ``glue_catalog.leadwise_dev.leads``.
    version : str
        Names the load.
    form : str, default='iceberg'
        How Spark keeps the table.

    Raises
    ------
    OtherSchemaVersion
        If the table has a column of another type, or one that the rows lack.
    """
    versioned = rows.withColumn(LOADED_VERSION, lit(version))
    if not spark.catalog.tableExists(table):
        listed = ", ".join(f"`{c.name}` {c.dataType.simpleString()}" for c in versioned.schema)
        spark.sql(
            f"CREATE TABLE IF NOT EXISTS {table} ({listed}) USING {form} "
            f"PARTITIONED BY (`{LOADED_VERSION}`)"
        )
    _add_columns(spark, table, versioned.schema)
    known = spark.table(table).columns
    versioned.select(*(f"`{name}`" for name in known)).write.mode("overwrite").insertInto(table)


def session_options(catalog: str, folder: str) -> dict[str, str]:
    """Settings of a session that writes Iceberg tables through the Glue catalog.

    Parameters
    ----------
    catalog : str
        What statements call the catalog: ``glue_catalog``.
    folder : str
        Where its tables' files go: ``s3://clean/iceberg/``.
    """
    named = f"spark.sql.catalog.{catalog}"
    return {
        "spark.sql.extensions": (
            "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
        ),
        named: "org.apache.iceberg.spark.SparkCatalog",
        f"{named}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        f"{named}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        f"{named}.warehouse": folder,
        "spark.sql.sources.partitionOverwriteMode": "dynamic",
    }


def _add_columns(spark: SparkSession, table: str, wanted: StructType) -> None:
    known = {column.name: column.dataType for column in spark.table(table).schema}
    new = [column for column in wanted if column.name not in known]
    for column in wanted:
        found = known.get(column.name, column.dataType)
        if found != column.dataType:
            wanted_type = f"to be {column.dataType.simpleString()}"
            raise _other(table, column.name, found.simpleString(), wanted_type)
    for name in sorted(set(known) - set(wanted.names)):
        raise _other(table, name, known[name].simpleString(), "no column of the use case")
    if new:
        listed = ", ".join(f"`{c.name}` {c.dataType.simpleString()}" for c in new)
        spark.sql(f"ALTER TABLE {table} ADD COLUMNS ({listed})")


def _other(table: str, column: str, found: str, wanted: str) -> OtherSchemaVersion:
    return OtherSchemaVersion(
        table, column, found, wanted, "give the column that changed a new name, or drop the table"
    )
