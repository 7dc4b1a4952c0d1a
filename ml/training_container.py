"""A training job by SageMaker's container contract: a file of leads in, a judged package out."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from ml.adapters.mlflow_secret import sign_in
from ml.adapters.package_archive import SERVING
from ml.bootstrap import cloud_ledger, laptop
from ml.contract.candidates import families_of
from ml.contract.errors import DependencyUnavailable, UsageError
from ml.contract.names import Step
from ml.contract.records import JsonObject, TrainRecord
from ml.contract.settings import LaptopSettings
from ml.contract.training_job import Hyperparameters, TrainSettings
from ml.pipeline import Pipeline
from ml.ports import Deployment, Runtime
from ml.training import train_and_judge
from ml.use_cases import find


def train_by_contract(settings: TrainSettings, source: Path, console: Console) -> JsonObject:
    """Run every step up to the verdict, and leave package and record where SageMaker takes them.

    Nothing lies there before all is done.

    Parameters
    ----------
    settings : TrainSettings
        Where SageMaker has laid things out.
    source : Path
        The file of leads.
    console : Console
        Where progress is drawn.

    Returns
    -------
    dict
        What was registered, and the verdict on it.
    """
    told = Hyperparameters.of(_texts(settings.hyperparameters))
    case = find(settings.use_case).trying(families_of(told.families), told.trials)
    moment = case.moment(told.moment or None)
    if settings.mlflow_secret:
        sign_in(settings.mlflow_secret)
    with tempfile.TemporaryDirectory() as folder:
        home = LaptopSettings(home=folder, mlflow_uri=settings.mlflow_uri, who=settings.who)
        with laptop(home, console) as local:
            runtime = _told_to_all(local, settings)
            pipeline = Pipeline(case, runtime, moment, seed=told.seed)
            said = train_and_judge(pipeline, source)
            _serve(pipeline)
        shutil.copytree(Path(folder, SERVING), settings.model, ignore=_hidden, dirs_exist_ok=True)
    settings.record.parent.mkdir(parents=True, exist_ok=True)
    settings.record.write_text(json.dumps(said, indent=1))
    return said


def _texts(file: Path) -> dict[str, object]:
    if not file.is_file():
        return {}
    try:
        texts = json.loads(file.read_text())
    except ValueError as error:
        raise UsageError(f"{file} is no JSON ({error}); expected an object of texts") from error
    if not isinstance(texts, dict):
        raise UsageError(f"{file} holds a {type(texts).__name__}; expected an object of texts")
    return texts


def _told_to_all(local: Runtime, settings: TrainSettings) -> Runtime:
    """A home that is gone with the job, but for what others must know of it."""
    if not settings.ledger_table:
        return local
    return replace(local, ledger=cloud_ledger(settings.ledger_table))


def _serve(pipeline: Pipeline) -> None:
    """Lay the challenger out as what serves: a server starts from it as from a champion."""
    trained = pipeline.latest(Step.TRAIN, TrainRecord, asked_by=Step.EVALUATE)
    registry = pipeline.runtime.registry
    version = registry.get(trained.model, trained.version)
    if version is None:
        raise DependencyUnavailable(
            f"the registry holds no version {trained.version} of {trained.model}; train again"
        )
    deployment = Deployment(
        model=trained.model,
        version=trained.version,
        files=registry.package(version),
        package_sha256=trained.package_sha256,
    )
    pipeline.runtime.endpoint.deploy(deployment)


def _hidden(_folder: str, names: list[str]) -> list[str]:
    """Locks are of this machine only."""
    return [name for name in names if name.startswith(".")]
