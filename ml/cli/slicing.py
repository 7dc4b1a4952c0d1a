"""The command `slice`: clean rows by week of arrival."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ml.cli.opening import opened
from ml.cli.options import HOME, AsJson, Home, UseCaseName
from ml.cli.output import show_json, show_table
from ml.contract.errors import UsageError
from ml.contract.records import plain


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("slice")(slice_rows)


def slice_rows(
    use_case: UseCaseName,
    data: Annotated[
        Path | None, typer.Option("--data", help="Lead file.", exists=True, dir_okay=False)
    ] = None,
    tag: Annotated[
        str | None, typer.Option("--tag", help="Or a snapshot; the latest if neither is given.")
    ] = None,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Clean rows as one Parquet file per week, with a manifest."""
    if data and tag:
        raise UsageError("--data and --tag name two sources; give one")
    with opened(use_case, None, home) as pipeline:
        record = pipeline.slice_file(data) if data else pipeline.slice_snapshot(tag)
    if as_json:
        show_json(plain(record))
        return
    weeks = [*record.weeks.items(), *([("without a date", record.undated)] * bool(record.undated))]
    show_table(record.manifest, ("week", "rows"), weeks)
