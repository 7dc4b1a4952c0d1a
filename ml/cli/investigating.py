"""The command `investigate`: what is wrong, by layer, the most likely cause, and what to do."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ml.cli.opening import opened
from ml.cli.options import HOME, AsJson, Home, MomentName, OnAws, UseCaseName
from ml.cli.output import refuse_without_folder, say, show_json, show_table, write_page
from ml.contract.cloud_settings import MemorySettings
from ml.contract.investigation import FindingState
from ml.contract.settings import LaptopSettings
from ml.use_cases import find

if TYPE_CHECKING:
    from ml.contract.investigation import Investigation
    from ml.pipeline import Pipeline
    from ml.ports import Receipts, Runtime


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(investigate)


def investigate(
    use_case: UseCaseName,
    current: Annotated[
        Path, typer.Option("--current", help="Leads of late.", exists=True, dir_okay=False)
    ],
    outcomes: Annotated[
        Path | None,
        typer.Option(
            "--outcomes",
            help="Ids with outcomes; those of the leads' own file if not given.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    moment: MomentName = None,
    home: Home = HOME,
    aws: OnAws = False,
    page: Annotated[
        Path | None, typer.Option("--page", help="Write it as a page, too.", dir_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look for what is wrong in data, model, integration and business; the home only keeps it."""
    case = find(use_case)
    if page:
        refuse_without_folder(page)
    with tempfile.TemporaryDirectory() as folder, opened(use_case, moment, folder) as aside:
        looked_at = _account(aside) if aws else _home(use_case, moment, home)
        with looked_at as (runtime, receipts):
            found = _found(runtime, receipts, aside, current, outcomes)
    if page:
        from ml.core.investigating import investigation_page

        write_page(page, investigation_page(found, case.title))
    if as_json:
        show_json(found.to_dict())
    else:
        show_investigation(found)


@contextmanager
def _home(
    use_case: str, moment: str | None, home: str
) -> Iterator[tuple[Runtime, Receipts | None]]:
    from ml.bootstrap import home_receipts

    with opened(use_case, moment, home, exclusive=False) as pipeline:
        yield pipeline.runtime, home_receipts(LaptopSettings(home=home).path)


def _account(aside: Pipeline) -> AbstractContextManager[tuple[Runtime, Receipts]]:
    from ml.account_home import account_home

    return account_home(MemorySettings.from_env(os.environ), aside.runtime.progress)


def _found(
    runtime: Runtime,
    receipts: Receipts | None,
    aside: Pipeline,
    current: Path,
    outcomes: Path | None,
) -> Investigation:
    from ml.steps.investigate import investigate as look
    from ml.steps.kept_investigations import keep_investigation

    found = look(
        aside.use_case,
        runtime,
        aside.runtime,
        current=current,
        moment=aside.moment,
        outcomes=outcomes,
        receipts=receipts,
    )
    keep_investigation(runtime.lake, found)  # for the console's page
    return found


def show_investigation(found: Investigation) -> None:
    """Print an investigation for people: causes, what is raised, and what to do."""
    causes = [(one.cause, one.points, "\n".join(one.why)) for one in found.causes]
    show_table(f"{found.use_case}, {found.moment}: causes", ("cause", "points", "why"), causes)
    rows = [
        (f"{one.layer}: {one.check}", one.subject, one.state, one.says)
        for one in found.findings
        if one.state != FindingState.OK
    ]
    fine = len(found.findings) - len(rows)
    header = ("check", "of", "state", "what it says")
    show_table(f"{fine} findings say OK; the others:", header, rows)
    for move in found.moves:
        say(f"Next: {move.says} {move.command}".rstrip(), soft_wrap=True, markup=False)
