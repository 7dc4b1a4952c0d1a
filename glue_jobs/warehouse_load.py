"""Clean rows go into the warehouse from where Spark has written them."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

from ml.adapters.patience import Patience
from ml.adapters.redshift_data import RedshiftData, client_of_redshift_data
from ml.adapters.redshift_warehouse import RedshiftWarehouse
from ml.adapters.s3_access import client_of_s3
from ml.adapters.staged_files import StagedFiles
from ml.contract.jobs import CleaningOptions
from ml.contract.names import Zone

# COPY of a large file takes longer than a question.
_SECONDS = 900.0


def warehouse(options: CleaningOptions) -> RedshiftWarehouse:
    """The warehouse that the options name; what COPY is told lies beside the accounts of runs."""
    data = RedshiftData(
        client_of_redshift_data(),
        workgroup=options.workgroup,
        database=options.database,
        secret=options.secret,
        run=uuid4().hex,  # a run that failed is no answer for the next
        patience=Patience(seconds=_SECONDS),
    )
    staged = partial(StagedFiles, client_of_s3(), f"{options.target}/{Zone.LOADS}/")
    return RedshiftWarehouse(data, staged, role=options.copy_role)
