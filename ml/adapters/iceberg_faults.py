"""What Iceberg's catalog and files refuse, in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ml.adapters.aws_faults import aws_faults
from ml.contract.errors import AccessDenied, DependencyUnavailable, Gone


@contextmanager
def iceberg_faults(table: str) -> Iterator[None]:
    """Turn faults of work on an Iceberg table into our errors.

    Parameters
    ----------
    table : str
        ``database.table``, as a message names it.

    Raises
    ------
    AccessDenied, Gone, DependencyUnavailable
        Naming the table.
    """
    from pyiceberg.exceptions import (
        CommitFailedException,
        NoSuchIcebergTableError,
        NoSuchNamespaceError,
        NoSuchPropertyException,
    )

    try:
        with aws_faults(f"the catalog of Iceberg table {table!r}"):
            yield
    except NoSuchNamespaceError as error:
        raise Gone(
            f"the catalog has no database for table {table!r}; deploy it, or correct the setting"
        ) from error
    except (NoSuchIcebergTableError, NoSuchPropertyException) as error:
        raise Gone(
            f"table {table!r} of the catalog is no Iceberg table; remove it, or name another "
            "database"
        ) from error
    except CommitFailedException as error:
        raise DependencyUnavailable(
            f"another writer changed Iceberg table {table!r} meanwhile; nothing was written: "
            "start again"
        ) from error
    except OSError as error:  # Arrow reads and writes the table's own files
        raise _of_files(table, error) from error


def _of_files(table: str, error: OSError) -> DependencyUnavailable:
    words = str(error)
    if "ACCESS_DENIED" in words or "AccessDenied" in words:
        return AccessDenied(
            f"AUTH: S3 denies the files of Iceberg table {table!r} ({words}); allow them to the "
            "role, and their KMS key"
        )
    if isinstance(error, FileNotFoundError):
        return Gone(f"a file of Iceberg table {table!r} is gone ({words}); restore it")
    return DependencyUnavailable(
        f"S3 refused the files of Iceberg table {table!r} ({words}); start again"
    )
