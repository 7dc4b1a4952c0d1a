"""Training sets in the Glue catalog of an account."""

from __future__ import annotations

from ml.adapters.iceberg_snapshots import IcebergSnapshots
from ml.adapters.s3_access import client_of_s3
from ml.ports import Lake


def glue_snapshots(database: str, lake: Lake, uri: str) -> IcebergSnapshots:
    """Training sets in a database of the Glue catalog of this account and region.

    Parameters
    ----------
    database : str
        It must exist.
    lake, uri
        As of `IcebergSnapshots`.
    """
    import boto3
    from pyiceberg.catalog.glue import GlueCatalog

    glue, s3 = boto3.client("glue"), client_of_s3().meta
    # Arrow reads the table's own files; it finds neither by itself as boto3 does.
    where = {"s3.region": s3.region_name, "s3.endpoint": s3.endpoint_url}
    catalog = GlueCatalog("glue", client=glue, **where)
    return IcebergSnapshots(catalog, database, lake, uri)
