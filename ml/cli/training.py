"""The command `train`: from a lead file to a judged challenger, on this machine or SageMaker's."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ml.cli.opening import opened
from ml.cli.options import HOME, AsJson, Families, Home, MomentName, Trials, UseCaseName
from ml.cli.output import err, fail, show_facts, show_json
from ml.contract.cloud_settings import TrainingJobSettings
from ml.contract.errors import GateRefused, UnknownName, UsageError
from ml.contract.names import EngineName, Estimator, Step
from ml.contract.records import IngestRecord, JsonObject
from ml.contract.training_job import Hyperparameters, Where, job_name
from ml.use_cases import find

if TYPE_CHECKING:
    from ml.adapters.sagemaker_training import SagemakerTraining


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(train)


def train(
    use_case: UseCaseName,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            help="Lead file; the last one of the home if not given.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    where: Annotated[
        str, typer.Option("--where", help="Whose machine: laptop or sagemaker.")
    ] = Where.LAPTOP.value,
    moment: MomentName = None,
    seed: Annotated[int, typer.Option("--seed", help="Of all randomness.")] = 0,
    families: Families = "",
    trials: Trials = None,
    engine: Annotated[
        str, typer.Option("--engine", help="On the laptop: duckdb, or spark, which fits xgboost.")
    ] = EngineName.DUCKDB.value,
    job: Annotated[
        str | None, typer.Option("--job", help="Follow a training job that was started before.")
    ] = None,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Start the training job and leave it.")
    ] = False,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """From a lead file to a judged challenger; nothing is promoted."""
    told = Hyperparameters(
        moment=find(use_case).moment(moment).name, seed=seed, families=families, trials=trials
    )
    if where not in list(Where):
        raise UnknownName("place to train", where, Where)
    if where == Where.LAPTOP:
        if job or no_wait:
            raise UsageError("--job and --no-wait are about jobs; add --where sagemaker")
        _show(_here(use_case, told, home, engine, data), as_json=as_json)
        return
    if engine != EngineName.DUCKDB:
        raise UsageError("--engine is about this machine; leave it out with --where sagemaker")
    jobs = _jobs()
    name = job or _start(jobs, use_case, told, home, data)
    if no_wait:
        _show_started(use_case, name, as_json=as_json)
        return
    _show(_followed(jobs, use_case, name), as_json=as_json)


def _here(
    use_case: str, told: Hyperparameters, home: str, engine: str, data: Path | None
) -> JsonObject:
    """What steps have not done yet on this home; those that did say so."""
    families = told.families or (Estimator.XGBOOST.value if engine == EngineName.SPARK else "")
    with opened(
        use_case, told.moment, home, engine=engine, families=families, trials=told.trials
    ) as pipeline:
        pipeline.seed = told.seed
        from ml.training import train_and_judge

        return train_and_judge(pipeline, data)


def _jobs() -> SagemakerTraining:
    settings = TrainingJobSettings.from_env(os.environ)
    from ml.adapters.sagemaker_training import SagemakerTraining

    return SagemakerTraining(settings)


def _start(
    jobs: SagemakerTraining, use_case: str, told: Hyperparameters, home: str, data: Path | None
) -> str:
    name = job_name(use_case, told.moment, datetime.now(UTC))
    source = data or _last_file(use_case, told.moment, home)
    jobs.start(name, use_case=use_case, source=source, hyperparameters=told)
    err.print(f"started {name}; follow it with: {_follow(use_case, name)}", soft_wrap=True)
    return name


def _last_file(use_case: str, moment: str, home: str) -> Path:
    with opened(use_case, moment, home, exclusive=False) as pipeline:
        last = pipeline.latest(Step.INGEST, IngestRecord, asked_by=Step.TRAIN)
        return pipeline.runtime.lake.fetch(last.raw)


def _followed(jobs: SagemakerTraining, use_case: str, name: str) -> JsonObject:
    try:
        for state in jobs.states(name):
            err.print(f"{name}: {state.status}, {state.phase}", soft_wrap=True)
    except KeyboardInterrupt:
        err.print(f"the job goes on; follow it with: {_follow(use_case, name)}", soft_wrap=True)
        raise
    return jobs.record(name)


def _follow(use_case: str, name: str) -> str:
    return f"leadwise train {use_case} --where {Where.SAGEMAKER} --job {name}"


def _show_started(use_case: str, name: str, *, as_json: bool) -> None:
    if as_json:
        show_json({"job": name, "follow": _follow(use_case, name)})


def _show(said: JsonObject, *, as_json: bool) -> None:
    """Print what was trained; leave with exit code 3 if a gate said no."""
    last, verdict = said["trained"], said["verdict"]
    if as_json:
        show_json(said)
    else:
        figures = {f"test {name}": figure for name, figure in verdict["metrics"].items()}
        facts = {"estimator": last["estimator"], **figures, "verdict": verdict["reason"]}
        show_facts(f"{last['model']} version {last['version']}, challenger", facts)
    if not verdict["approved"]:
        refused = GateRefused(f"version {last['version']} may not be promoted: {verdict['reason']}")
        if as_json:
            fail(refused, as_json=False)
        raise refused
