"""Tables as the Glue catalog has them."""

from __future__ import annotations

from ml.adapters.aws_faults import aws_faults
from ml.contract.errors import UsageError


def catalog_types(table: str) -> dict[str, str]:
    """Columns of a table with the types that the catalog says; partitions are no columns.

    Parameters
    ----------
    table : str
        ``"database.table"``.

    Raises
    ------
    UsageError
        If the name has no such form, or there is no such table.
    DependencyUnavailable
        If the catalog denies the look, or does not answer.
    """
    import boto3
    from botocore.exceptions import ClientError

    database, _, name = table.partition(".")
    if not (database and name):
        raise UsageError(f"{table!r} names no table of the catalog; write DATABASE.TABLE")
    with aws_faults(f"the Glue catalog's table {table!r}"):
        try:
            found = boto3.client("glue").get_table(DatabaseName=database, Name=name)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "EntityNotFoundException":
                raise
            raise UsageError(
                f"the Glue catalog has no table {table!r}; look at its name, or run the crawler"
            ) from error
    columns = found["Table"].get("StorageDescriptor", {}).get("Columns", [])
    return {str(column["Name"]): str(column.get("Type", "")) for column in columns}
