"""The console on AWS: what it remembers of scores outlives its task, and people may ask for it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ml.account_models import AccountModels
from ml.adapters.dynamodb_answers import DynamodbAnswers
from ml.adapters.dynamodb_feedback import DynamodbFeedback
from ml.adapters.dynamodb_receipts import DynamodbReceipts
from ml.adapters.dynamodb_table import DynamodbTable
from ml.adapters.local_endpoint import LocalEndpoint
from ml.adapters.local_lake import LocalLake
from ml.adapters.package_archive import SERVING
from ml.adapters.s3_folder import S3Folder
from ml.adapters.silent_progress import SilentProgress
from ml.bootstrap import (
    LAKE,
    cloud_ledger,
    laptop_runtime,
    model_records,
    sagemaker_features,
    serving_app,
)
from ml.contract.cloud_settings import ConsoleSettings, MemorySettings
from ml.contract.errors import Gone
from ml.contract.settings import LaptopSettings, ServeSettings
from ml.contract.use_case import UseCase
from ml.home_monitor import LakeMonitor
from ml.ports import Runtime
from ml.serving.console.models import Commands
from ml.serving.console.monitoring import MonitorCommands
from ml.serving.idempotency import RETENTION
from ml.serving.keeping import Stores
from ml.steps.erase import Memories
from ml.use_cases import find

if TYPE_CHECKING:
    from fastapi import FastAPI


def console_app() -> FastAPI:
    """The web application of the console's container, by the settings in its environment."""
    settings = ServeSettings.from_env(os.environ)
    console = ConsoleSettings.from_env(os.environ)
    package = partial(served_files, Path(settings.home))
    stores = cloud_stores(console.receipts_table, package, days=settings.receipts_days)
    records = model_records(settings, cloud_ledger(console.ledger_table))
    models = AccountModels(records, commands_of(console))
    return serving_app(stores, models, account_monitor(settings, console))


def account_monitor(settings: ServeSettings, console: ConsoleSettings) -> LakeMonitor:
    """What the account's lake tells of its model, of which the console follows a copy."""
    use_case = find(settings.use_case)
    run = commands_of(console).retrain
    return LakeMonitor(
        use_case,
        use_case.moment(settings.moment),
        LocalLake(Path(settings.home) / LAKE),
        commands=MonitorCommands(
            watch=run,
            outcomes=run,
            revenue=f"value_per_win in ml/use_cases/{use_case.name}.py",
            loop=run,
            investigate=f"leadwise investigate {use_case.name} --current FILE --aws",
        ),
        alerts=None,
    )


def commands_of(settings: ConsoleSettings) -> Commands:
    """How people change an account's models."""
    return Commands(
        retrain=f"aws sagemaker start-pipeline-execution --pipeline-name {settings.pipeline}",
        deploy=f"npx cdk deploy --app cdk.out {settings.environment}/serving "
        "--parameters ChampionPackage=PACKAGE",
        history=f"leadwise history {settings.use_case} --ledger {settings.ledger_table}",
    )


def cloud_stores(
    table: str,
    package: Callable[[str, str], Mapping[str, bytes]],
    *,
    days: int = ServeSettings.receipts_days,
) -> Stores:
    """What servers of an account remember of their scores.

    Parameters
    ----------
    table : str
        DynamoDB's table.
    package : callable
        Finds the package that a receipt names.
    days : int, default=180
        How long receipts and feedback are kept.
    """
    items, age = DynamodbTable(table), timedelta(days=days)
    return Stores(
        receipts=DynamodbReceipts(items, age),
        feedback=DynamodbFeedback(items, age),
        answers=DynamodbAnswers(items, RETENTION),
        package=package,
    )


@contextmanager
def account(settings: MemorySettings) -> Iterator[tuple[Runtime, Stores]]:
    """An account's ledger, and what its servers remember; all else is an empty home's.

    Packages are those of the pipeline's home, which deletes none: each that ever served is there.
    """
    with tempfile.TemporaryDirectory() as folder:
        who = LaptopSettings.from_env(os.environ).who
        runtime = laptop_runtime(Path(folder), SilentProgress(), who=who)
        stores = cloud_stores(
            settings.receipts_table, partial(_fetched_files, settings.home_uri, Path(folder))
        )
        yield replace(runtime, ledger=cloud_ledger(settings.ledger_table)), stores


def memories(use_case: UseCase, settings: MemorySettings, stores: Stores) -> Memories:
    """Where an account remembers leads."""
    return Memories(
        receipts=stores.receipts,
        feedback=stores.feedback,
        answers=stores.answers,
        features=sagemaker_features(use_case, settings),
        files=FilesOfTasks(),
    )


class FilesOfTasks:
    """Scored files of the console: they lie with its task and go with it, out of reach."""

    def forget(self, leads: Sequence[str]) -> int:
        """None can be removed."""
        return 0


def served_files(home: Path, model: str, version: str) -> dict[str, bytes]:
    """The package of a version that served on a home, by the names of its files.

    Raises
    ------
    Gone
        If that version never served there.
    """
    files = LocalEndpoint(home / SERVING).deployed(model, version)
    if files is None:
        raise Gone(f"version {version} of {model} is not among the packages that served")
    return files


def _fetched_files(home_uri: str, home: Path, model: str, version: str) -> dict[str, bytes]:
    S3Folder(home_uri, home).pull(f"{SERVING}/{model}/{version}/")
    return served_files(home, model, version)
