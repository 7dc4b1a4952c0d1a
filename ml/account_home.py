"""An account's home as people look at it from their own machine."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from ml.adapters.absent_registry import AbsentRegistry
from ml.adapters.package_archive import SERVING
from ml.adapters.s3_folder import S3Folder
from ml.bootstrap import JOURNAL, LAKE, cloud_ledger, cloud_snapshots, laptop_runtime
from ml.cloud_console import cloud_stores, served_files
from ml.contract.cloud_settings import MemorySettings
from ml.contract.settings import LaptopSettings
from ml.ports import Progress, Receipts, Runtime

_NO_MLFLOW = (
    "the account's MLflow answers in its own network alone; name a way to it by "
    f"{LaptopSettings.variable('mlflow_uri')}, or ask from there"
)


@contextmanager
def account_home(
    settings: MemorySettings, progress: Progress
) -> Iterator[tuple[Runtime, Receipts]]:
    """An account's home to look at, and what its servers remember; what is kept stays there.

    Parameters
    ----------
    settings : MemorySettings
        Where they are.
    progress : Progress
        Who shows how far work has come.
    """
    with tempfile.TemporaryDirectory() as folder:
        home, local = Path(folder), LaptopSettings.from_env(os.environ)
        copy = S3Folder(settings.home_uri, home)
        for part in (f"{SERVING}/", JOURNAL):
            copy.pull(part)
        runtime = laptop_runtime(home, progress, mlflow_uri=local.mlflow_uri, who=local.who)
        lake, _ = cloud_snapshots(settings.home_uri + LAKE, "", home / LAKE)
        registry = runtime.registry if local.mlflow_uri else AbsentRegistry(_NO_MLFLOW)
        ledger = cloud_ledger(settings.ledger_table)
        stores = cloud_stores(settings.receipts_table, partial(served_files, home))
        yield replace(runtime, lake=lake, registry=registry, ledger=ledger), stores.receipts
