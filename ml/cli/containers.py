"""The commands `cloud ...`: what containers of the image run on AWS."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated

import typer

from ml.cli.container_failures import failures_told
from ml.cli.output import err, show_json
from ml.cli.serving import listen
from ml.contract.access import AccessMode
from ml.contract.access_settings import AccessSettings
from ml.contract.cloud_settings import ConsoleSettings, EndpointSettings, JobSettings
from ml.contract.errors import LeadwiseError, UnknownName, UsageError
from ml.contract.jobs import INPUT_FOLDER, SAID_FOLDER, STEPS, VERDICT_FOLDER, Job
from ml.contract.names import Step
from ml.contract.places import newest_raw, raw_prefix
from ml.contract.training_job import TrainSettings
from ml.use_cases import find

if TYPE_CHECKING:
    from ml.adapters.s3_folder import S3Folder

_EVERYONE = "0.0.0.0"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    cloud = typer.Typer(help="What containers run on AWS.", no_args_is_help=True)
    for command in (step, train, endpoint, console):
        cloud.command()(command)
    app.add_typer(cloud, name="cloud", hidden=True)


Data = Annotated[Path, typer.Option("--data", help="A file, or a folder whose last one counts.")]


def step(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Such as ingest clean.")],
    data: Data = Path(INPUT_FOLDER),
    said: Annotated[
        Path, typer.Option("--said", help="Where the run's earlier jobs have told what they did.")
    ] = Path(SAID_FOLDER),
    verdict: Annotated[
        Path, typer.Option("--verdict", help="Where this job tells what it did and decided.")
    ] = Path(VERDICT_FOLDER),
) -> None:
    """Steps of a pipeline's job: fetch the home, run them in order, bring the home back."""
    steps = [_known(name) for name in names]
    settings = JobSettings.from_env(os.environ)
    from ml.cloud_job import run_steps

    source = newest(data, settings.use_case) if Step.INGEST in steps else None
    told = run_steps(
        steps, settings, console=err, source=source, said_folder=said, verdict_folder=verdict
    )
    show_json(told)


def _known(name: str) -> Step:
    """Checked before anything is fetched."""
    known = [each for job in Job for each in STEPS[job]]
    if name not in known:
        raise UnknownName("step", name, known)
    return Step(name)


def train() -> None:
    """Train as a SageMaker training job does: the channel's file in, a servable model out."""
    settings = TrainSettings.from_env(os.environ)
    with failures_told(settings):
        from ml.training_container import train_by_contract

        show_json(train_by_contract(settings, newest(settings.channel, settings.use_case), err))


def endpoint() -> None:
    """Serve the package that SageMaker unpacked."""
    settings = EndpointSettings.from_env(os.environ)
    case = find(settings.use_case)
    with _home_around(Path(settings.model_folder)) as home:
        listen(
            case, case.moment(settings.moment), str(home), host=_EVERYONE, port=settings.port,
            workers=settings.workers, doors=AccessSettings(mode=AccessMode.SAGEMAKER),
        )  # fmt: skip


def console() -> None:
    """Serve the pages with the champion of the pipeline's home, and follow what they show."""
    settings = ConsoleSettings.from_env(os.environ)
    case = find(settings.use_case)
    moment = case.moment(settings.moment)
    from ml.adapters.package_archive import SERVING
    from ml.adapters.s3_folder import S3Folder
    from ml.bootstrap import LAKE
    from ml.steps.decisions import decisions_prefix
    from ml.steps.kept_cards import cards_prefix
    from ml.steps.kept_investigations import investigations_prefix
    from ml.steps.watch_history import watches_prefix

    # What follows may still write there when the server has ended.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = S3Folder(settings.home_uri, Path(folder))
        home.pull(f"{SERVING}/")
        seen = [
            prefix(case.name, moment)
            for prefix in (watches_prefix, decisions_prefix, investigations_prefix)
        ]
        shown = (f"{LAKE}{prefix}" for prefix in (cards_prefix(case, moment), *seen))
        parts = (*shown, f"{SERVING}/")
        follow = (home, parts, settings.refresh_seconds)
        Thread(target=_follow, args=follow, daemon=True).start()
        listen(
            case, moment, folder, host=_EVERYONE, port=settings.port, workers=1,
            doors=AccessSettings.from_env(os.environ),
            factory="ml.cloud_console:console_app",
        )  # fmt: skip


def newest(data: Path, use_case: str) -> Path:
    """The file itself, or the last by name in a folder that is the use case's of raw files."""
    if data.is_file():
        return data
    prefix = raw_prefix(use_case)
    files = {prefix + p.relative_to(data).as_posix(): p for p in data.rglob("*") if p.is_file()}
    key = newest_raw(files, use_case)
    if key is None:
        raise UsageError(f"there is no file of leads in {str(data)!r}; put one there")
    return files[key]


@contextmanager
def _home_around(model: Path) -> Iterator[Path]:
    """A home that can be written to, around packages that cannot."""
    from ml.adapters.package_archive import SERVING

    with tempfile.TemporaryDirectory() as folder:
        serving = Path(folder) / SERVING
        serving.mkdir()
        for each in model.absolute().iterdir():
            (serving / each.name).symlink_to(each)
        yield Path(folder)


def _follow(home: S3Folder, parts: Sequence[str], seconds: int) -> None:
    while True:
        for below in parts:
            try:
                home.pull(below)
            except LeadwiseError as error:  # it serves on, and asks again
                sys.stderr.write(f"error: {error}\n")
        time.sleep(seconds)
