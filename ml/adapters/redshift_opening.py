"""The warehouse of the AWS home, by its settings."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

from ml.adapters.patience import Patience
from ml.adapters.redshift_data import RedshiftData, client_of_redshift_data
from ml.adapters.redshift_warehouse import RedshiftWarehouse
from ml.adapters.s3_access import client_of_s3
from ml.adapters.staged_files import StagedFiles
from ml.contract.cloud_settings import WarehouseSettings


def open_redshift(settings: WarehouseSettings, *, seconds: float = 120.0) -> RedshiftWarehouse:
    """The warehouse that the settings name.

    Each call is an attempt of its own: what it asks is done once, however often the network makes
    it ask, and it is not told of another attempt's failures.

    Parameters
    ----------
    settings : WarehouseSettings
        Where it is, and how to sign in.
    seconds : float, default=120
        How long one statement, or statements in one transaction, may take.
    """
    data = RedshiftData(
        client_of_redshift_data(),
        workgroup=settings.warehouse_workgroup,
        database=settings.warehouse_database,
        secret=settings.warehouse_secret,
        run=uuid4().hex,
        patience=Patience(seconds=seconds),
    )
    staged = partial(StagedFiles, client_of_s3(), settings.warehouse_staging)
    return RedshiftWarehouse(data, staged, role=settings.warehouse_role)
