"""The command `explore`: what a file holds, as a page, before anything is learnt from it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from ml.cli.opening import opened
from ml.cli.options import DataFile, MomentName, UseCaseName
from ml.cli.output import note_unread, refuse_without_folder, write_page
from ml.use_cases import find


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explore)


def explore(
    use_case: UseCaseName,
    data: DataFile,
    output: Annotated[Path, typer.Option("--output", help="HTML page to write.", dir_okay=False)],
    moment: MomentName = None,
) -> None:
    """Write a page about a training file: missing values, rates per level, pairs, time, leaks."""
    case = find(use_case)
    when = case.moment(moment)
    refuse_without_folder(output)
    with tempfile.TemporaryDirectory() as home, opened(use_case, when.name, home) as pipeline:
        from ml.steps.survey import survey

        seen = survey(case, pipeline.runtime, source=data, moment=when)
    note_unread(seen.unread)
    from ml.core import exploring

    view = exploring.explore(
        case,
        seen.table,
        when,
        rows=seen.rows,
        held_back=seen.held_back,
        undeclared=seen.undeclared,
    )
    write_page(output, exploring.exploration_page(view, case, when, data.name))
