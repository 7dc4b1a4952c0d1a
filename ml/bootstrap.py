"""Wiring: the only place that knows which adapter answers which port."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from ml.adapters.alert_channels import routed_alerts
from ml.adapters.code_environment import code_version, user_at_host
from ml.adapters.console_progress import ConsoleProgress
from ml.adapters.duckdb_engine import DuckdbEngine
from ml.adapters.duckdb_warehouse import DuckdbWarehouse
from ml.adapters.home_lock import home_lock
from ml.adapters.lake_snapshots import LakeSnapshots
from ml.adapters.local_endpoint import LocalEndpoint
from ml.adapters.local_lake import LocalLake
from ml.adapters.mlflow_registry import MlflowRegistry
from ml.adapters.mlflow_tracker import MlflowTracker
from ml.adapters.routed_alerts import RoutedAlerts
from ml.adapters.silent_progress import SilentProgress
from ml.adapters.spark_boosting import SparkBoosting
from ml.adapters.spark_engine import SparkEngine
from ml.adapters.spark_scoring import SparkScoring
from ml.adapters.sqlite_accounts import ACCESS, SqliteAccounts
from ml.adapters.sqlite_answers import SqliteAnswers
from ml.adapters.sqlite_feedback import SqliteFeedback
from ml.adapters.sqlite_file_jobs import SqliteFileJobs
from ml.adapters.sqlite_journal import SqliteJournal
from ml.adapters.sqlite_leases import SqliteLeases
from ml.adapters.sqlite_ledger import SqliteLedger
from ml.adapters.sqlite_receipts import SqliteReceipts
from ml.contract.access import YOU, AccessMode
from ml.contract.access_settings import AccessSettings
from ml.contract.alert_settings import AlertSettings
from ml.contract.cloud_settings import (
    AlertTopicSettings,
    FeatureStoreSettings,
    JobSettings,
    WarehouseSettings,
)
from ml.contract.errors import Gone, HomeBusy, StepMissing
from ml.contract.feature_group import FeatureGroup
from ml.contract.moments import Moment
from ml.contract.names import EngineName, Step
from ml.contract.receipts import Receipt
from ml.contract.records import ScoreRecord
from ml.contract.settings import LaptopSettings, ServeSettings
from ml.contract.use_case import UseCase
from ml.core.intake import Limits
from ml.core.lean_arrow import leave_pandas_out
from ml.ports import (
    Alerts,
    Engine,
    FeatureStore,
    Lake,
    Leases,
    Ledger,
    Progress,
    Receipts,
    Registry,
    Runtime,
    ShadowScoring,
    Snapshots,
    Warehouse,
)
from ml.use_cases import find

if TYPE_CHECKING:
    from fastapi import FastAPI

    from ml.home_models import HomeModels
    from ml.home_monitor import LakeMonitor
    from ml.serving.access.guarding import Access
    from ml.serving.console.models import Models
    from ml.serving.console.monitoring import Monitor
    from ml.serving.keeping import Stores
    from ml.serving.result_store import ResultStore
    from ml.steps.model_records import ModelRecords

#: Where `make spark` puts Spark: beside the environment that this runs in.
SPARK_PYTHON = Path(sys.prefix).with_name(".venv-spark") / "bin" / "python"
_SAMPLE_ROWS, _SAMPLE_SEED = 200, 42
#: How long somebody before a page waits for a home that another process works on.
_SECONDS_A_PERSON_WAITS = 10
#: The part of a home that holds rows.
LAKE = "lake/"
#: The part that remembers what was asked.
RECEIPTS = "serving/receipts.db"
#: The part that remembers which steps have ended.
JOURNAL = "journal.db"
#: The part that holds tables.
WAREHOUSE = "warehouse.duckdb"


def laptop_runtime(
    home: Path,
    progress: Progress,
    *,
    mlflow_uri: str = "",
    who: str = "",
    alerts: Alerts | None = None,
) -> Runtime:
    """The laptop home: embedded backends below one directory.

    Parameters
    ----------
    home : Path
        Absolute; made if it is absent.
    progress : Progress
        Who shows how far work has come.
    mlflow_uri : str, default=''
        A tracking server in place of the home's own.
    who : str, default=''
        Who the ledger names; empty for the user of this machine.
    alerts : Alerts, optional
        Who tells people; by default `home_alerts`.
    """
    home.mkdir(parents=True, exist_ok=True)
    uri = mlflow_uri or f"sqlite:///{home / 'mlflow.db'}"
    artifacts = None if mlflow_uri else home / "mlartifacts"
    lake = LocalLake(home / LAKE)
    return Runtime(
        lake=lake,
        snapshots=LakeSnapshots(lake),
        engine=DuckdbEngine(),
        warehouse=DuckdbWarehouse(home / WAREHOUSE),
        tracker=MlflowTracker(uri, artifacts, spool=home / "spool"),
        registry=MlflowRegistry(uri, artifacts),
        endpoint=LocalEndpoint(home / "serving"),
        journal=SqliteJournal(home / JOURNAL),
        ledger=SqliteLedger(home / "ledger.db"),
        alerts=alerts or home_alerts(home),
        progress=progress,
        now=lambda: datetime.now(UTC),
        who=who or user_at_host(),
        code_version=code_version,
    )


def home_alerts(home: Path) -> RoutedAlerts:
    """Who tells people of a home: its outbox, and the channels that the environment names.

    Raises
    ------
    InvalidSettings
        If a setting is none that exists; a channel that cannot work is no reason to stop.
    """
    settings = AlertSettings.from_env(os.environ)
    return routed_alerts(settings, home, now=lambda: datetime.now(UTC))


def job_alerts(settings: AlertTopicSettings, home: Path) -> RoutedAlerts:
    """Who tells people of a job on AWS: the topics of the account, and an outbox that goes home."""
    from ml.adapters.sns_topics import topic_alerts

    return topic_alerts(settings.topics, home, now=lambda: datetime.now(UTC))


@contextmanager
def laptop(
    settings: LaptopSettings,
    console: Console,
    *,
    exclusive: bool = True,
    alerts: RoutedAlerts | None = None,
) -> Iterator[Runtime]:
    """The laptop home for one command, with progress on `console`.

    Parameters
    ----------
    settings : LaptopSettings
        Which home, and how long to wait for it.
    console : Console
        Where progress is drawn.
    exclusive : bool, default=True
        Hold the home's lock; commands that change no table and no model need none.
    alerts : RoutedAlerts, optional
        Who tells people; by default `home_alerts`.

    Raises
    ------
    HomeBusy
        If another process holds the lock for longer than `settings.lock_seconds`.
    """
    lock = home_lock(settings.path, settings.lock_seconds) if exclusive else nullcontext()
    with (
        _telling(alerts or home_alerts(settings.path)) as telling,
        lock,
        ConsoleProgress(console) as progress,
        _engine(settings) as engine,
    ):
        runtime = laptop_runtime(
            settings.path,
            progress,
            mlflow_uri=settings.mlflow_uri,
            who=settings.who,
            alerts=telling,
        )
        yield _on_spark(runtime, engine) if isinstance(engine, SparkEngine) else runtime


def home_is_held(home: Path) -> bool:
    """Whether a process that lives works on a home right now."""
    try:
        with home_lock(home, 0):
            return False
    except HomeBusy:
        return True


@contextmanager
def _telling(alerts: RoutedAlerts) -> Iterator[RoutedAlerts]:
    """Alerts that are handed over when the command is done, however it ends, and nobody waits."""
    try:
        yield alerts
    finally:
        alerts.deliver()


def _on_spark(runtime: Runtime, engine: SparkEngine) -> Runtime:
    return replace(
        runtime, engine=engine, boosting=SparkBoosting(engine), scoring=SparkScoring(engine)
    )


@contextmanager
def _engine(settings: LaptopSettings) -> Iterator[Engine]:
    if settings.engine == EngineName.DUCKDB:
        yield DuckdbEngine()
        return
    python = Path(settings.spark_python) if settings.spark_python else SPARK_PYTHON
    with closing(SparkEngine(python)) as spark:
        yield spark


def cloud_snapshots(uri: str, database: str, copies: Path) -> tuple[Lake, Snapshots]:
    """A lake in S3, and the training sets in it.

    Parameters
    ----------
    uri : str
        ``s3://`` folder of the lake.
    database : str
        Glue database that lists them; empty where no catalog does.
    copies : Path
        Where what is read lies on this machine.
    """
    from ml.adapters.glue_snapshots import glue_snapshots
    from ml.adapters.s3_lake import S3Lake

    lake = S3Lake(uri, copies)
    return lake, glue_snapshots(database, lake, uri) if database else LakeSnapshots(lake)


@contextmanager
def job_home(
    settings: JobSettings, home: Path, console: Console, alerts: RoutedAlerts
) -> Iterator[Runtime]:
    """The home of a job on AWS: rows stay in S3 and Redshift, what is small on this machine.

    Parameters
    ----------
    settings : JobSettings
        Where the home is in S3.
    home : Path
        What was brought from there, but for the lake.
    console : Console
        Where progress is drawn.
    alerts : RoutedAlerts
        Who tells people, when the block ends.
    """
    from ml.adapters.redshift_opening import open_redshift

    local = LaptopSettings(home=str(home), mlflow_uri=settings.mlflow_uri, who=settings.who)
    with laptop(local, console, alerts=alerts) as runtime:
        lake, snapshots = cloud_snapshots(
            settings.home_uri + LAKE, settings.snapshots_database, home / LAKE
        )
        yield replace(
            runtime,
            lake=lake,
            snapshots=snapshots,
            warehouse=open_redshift(settings),
            ledger=cloud_ledger(settings.ledger_table),
        )


def warehouse_of(home: Path, settings: WarehouseSettings | None) -> Warehouse:
    """The warehouse that people ask: Redshift where settings name it, else the home's own.

    Raises
    ------
    StepMissing
        If no step has loaded anything on this home.
    """
    if settings:
        from ml.adapters.redshift_opening import open_redshift

        return open_redshift(settings)
    if not (home / WAREHOUSE).is_file():
        raise StepMissing("query", Step.CLEAN)
    return DuckdbWarehouse(home / WAREHOUSE)


def cloud_ledger(table: str) -> Ledger:
    """The ledger of an account, by the name of its table."""
    from ml.adapters.dynamodb_ledger import DynamodbLedger

    return DynamodbLedger(table)


def local_features(use_case: UseCase, home: Path) -> FeatureStore:
    """The feature store of a home."""
    from ml.adapters.local_feature_store import LocalFeatureStore

    home.mkdir(parents=True, exist_ok=True)
    group = FeatureGroup.of(use_case)
    return LocalFeatureStore(home / "features.duckdb", group, now=lambda: datetime.now(UTC))


def sagemaker_features(use_case: UseCase, settings: FeatureStoreSettings) -> FeatureStore:
    """The feature group of an account."""
    from ml.adapters.athena_query import AthenaQuery
    from ml.adapters.sagemaker_feature_store import SagemakerFeatureStore

    return SagemakerFeatureStore(
        FeatureGroup.of(use_case),
        settings.feature_group,
        athena=AthenaQuery(settings.workgroup),
        now=lambda: datetime.now(UTC),
    )


def serving_app(
    stores: Stores | None = None, models: Models | None = None, monitor: Monitor | None = None
) -> FastAPI:
    """The web application of one worker process, by the settings in its environment.

    Parameters
    ----------
    stores : Stores, optional
        What it remembers of scores. Default: files of the home.
    models : Models, optional
        The versions of its model. Default: the home's.
    monitor : Monitor, optional
        What was seen of it, decided and found. Default: what the home keeps.
    """
    from ml.core.scoring import Scorer
    from ml.serving.app import create_app
    from ml.serving.jobs.file_work import FileWork
    from ml.serving.live_model import Packages

    leave_pandas_out()
    settings = ServeSettings.from_env(os.environ)
    who = AccessSettings.from_env(os.environ)
    use_case = find(settings.use_case)
    moment = use_case.moment(settings.moment)
    alerts = home_alerts(Path(settings.home))
    runtime = laptop_runtime(Path(settings.home), SilentProgress(), alerts=alerts)

    return create_app(
        use_case=use_case,
        moment=moment,
        packages=Packages(
            endpoint=runtime.endpoint,
            load=partial(Scorer.of, use_case=use_case),
            last_good=LocalEndpoint(Path(settings.home) / "serving" / "last_good"),
            alerts=alerts,
            deliver=alerts.deliver,
        ),
        files=FileWork(
            jobs=SqliteFileJobs(Path(settings.home) / "serving" / "jobs.db"),
            score_file=partial(score_upload, settings),
            sample=partial(_sample, use_case),
        ),
        stores=stores or serving_stores(runtime, Path(settings.home)),
        models=models or console_models(settings, runtime),
        monitor=monitor or console_monitor(settings, alerts),
        settings=settings,
        access=_access(who, Path(settings.home)),
    )


def _sample(use_case: UseCase) -> bytes:
    from ml.core.sample import sample_csv

    return sample_csv(use_case, rows=_SAMPLE_ROWS, seed=_SAMPLE_SEED)


def serving_stores(runtime: Runtime, home: Path) -> Stores:
    """What the server of a home remembers of its scores."""
    from ml.serving.keeping import Stores

    folder = home / "serving"
    return Stores(
        receipts=SqliteReceipts(home / RECEIPTS),
        feedback=SqliteFeedback(folder / "feedback.db"),
        answers=SqliteAnswers(folder / "answers.db"),
        package=partial(registered_files, runtime.registry),
    )


def home_leases(use_case: UseCase, moment: Moment, home: Path) -> Leases:
    """The right to retrain a model of a home."""
    return SqliteLeases(home / "leases.db", use_case.scope(moment), use_case.retrain)


def home_receipts(home: Path) -> Receipts | None:
    """What was asked of a home's server; None where none has ever answered."""
    file = home / RECEIPTS
    return SqliteReceipts(file) if file.is_file() else None


def shadow_scoring(use_case: UseCase) -> ShadowScoring:
    """Where a challenger of a home answers leads that nobody hears of."""
    from ml.adapters.shadow_process import ShadowProcess
    from ml.core.scoring import Scorer

    return ShadowProcess(use_case, partial(Scorer.of, use_case=use_case))


def scored_files(use_case: UseCase, home: Path) -> ResultStore:
    """What people had scored on the page of a home."""
    from ml.serving.result_store import RESULTS, ResultStore

    return ResultStore(home / RESULTS, use_case)


def filed_receipt(home: Path, receipt_id: str) -> Receipt | None:
    """The receipt of a row of a scored file, for whoever is at the machine of a home."""
    from ml.serving.file_receipts import FileReceipts
    from ml.serving.result_store import RESULTS, result_at

    result = result_at(home / RESULTS, receipt_id.partition("-")[0])
    if result is None:
        return None
    use_case = find(result.use_case)
    return FileReceipts(use_case, scored_files(use_case, home)).find(receipt_id, YOU)


def registered_files(registry: Registry, model: str, version: str) -> dict[str, bytes]:
    """The package of a registered version.

    Raises
    ------
    DependencyUnavailable
        If the registry is away, or holds no such version or package any more.
    """
    found = registry.get(model, version)
    if found is None:
        raise Gone(f"the registry holds no version {version} of {model} any more")
    return registry.package(found)


def console_models(settings: ServeSettings, runtime: Runtime) -> HomeModels:
    """The versions of a home's model, as the page Models asks for them."""
    from ml.home_models import HomeModels

    records = model_records(settings, runtime.ledger)
    return HomeModels(records, partial(_changing, settings.home))


def console_monitor(settings: ServeSettings, alerts: RoutedAlerts) -> LakeMonitor:
    """What a home keeps of what was seen, as the page Monitor asks for it."""
    from ml.home_monitor import LakeMonitor, home_commands

    use_case = find(settings.use_case)
    moment = use_case.moment(settings.moment)
    return LakeMonitor(
        use_case,
        moment,
        LocalLake(Path(settings.home) / LAKE),
        commands=home_commands(use_case, moment, settings.home),
        alerts=alerts,
    )


def model_records(settings: ServeSettings, ledger: Ledger) -> ModelRecords:
    """What a ledger, and the cards of a home, tell of the model that is served."""
    from ml.steps.model_records import ModelRecords

    use_case = find(settings.use_case)
    return ModelRecords(
        use_case=use_case,
        moment=use_case.moment(settings.moment),
        ledger=ledger,
        lake=LocalLake(Path(settings.home) / LAKE),
    )


def _changing(home: str, who: str) -> AbstractContextManager[Runtime]:
    """A home that somebody before a page changes."""
    settings = replace(
        LaptopSettings.from_env(os.environ),
        home=home,
        lock_seconds=_SECONDS_A_PERSON_WAITS,
        who=who,
    )
    return laptop(settings, Console(quiet=True))


def score_upload(
    settings: ServeSettings,
    source: Path,
    shown_name: str,
    output: Path,
    reasons: int,
    progress: Progress,
) -> ScoreRecord:
    """Score a file that somebody uploaded, as `ml.serving.lead_scorer.ScoreFile` says."""
    from ml.steps.score import score

    leave_pandas_out()
    use_case = find(settings.use_case)
    limits = Limits(bytes=settings.upload_megabytes * 2**20, rows=settings.upload_rows)
    return score(
        use_case,
        laptop_runtime(Path(settings.home), progress),
        source=source,
        output=output,
        moment=use_case.moment(settings.moment),
        reasons=reasons,
        limits=limits,
        shown_name=shown_name,
    )


def accounts_of(home: Path) -> SqliteAccounts:
    """Users, API keys and sessions of a home."""
    return SqliteAccounts(home / ACCESS)


def _access(settings: AccessSettings, home: Path) -> Access:
    from ml.serving.access.guarding import Access

    if settings.mode != AccessMode.ACCOUNTS:
        return Access(settings=settings)
    accounts = accounts_of(home)
    return Access(settings=settings, accounts=accounts, sessions=accounts)
