"""The command `leakage`: does a column know more than it can have known at its moment."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ml.cli.opening import opened
from ml.cli.options import AsJson, DataFile, UseCaseName
from ml.cli.output import (
    fail,
    note_unread,
    refuse_without_folder,
    say,
    show_json,
    show_table,
    write_page,
)
from ml.contract.errors import LeakFound
from ml.contract.names import LeakVerdict
from ml.use_cases import find

if TYPE_CHECKING:
    from ml.core.leakage import LeakageReport

LookedAt = Annotated[
    str | None,
    typer.Option("--moment", help="Only columns that a model for this moment reads."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(leakage)


def leakage(
    use_case: UseCaseName,
    data: DataFile,
    moment: LookedAt = None,
    as_json: AsJson = False,
    html: Annotated[
        Path | None, typer.Option(help="Write the report as a page, too.", dir_okay=False)
    ] = None,
) -> None:
    """Hold every column to the moment that it is declared for; exit code 3 on a leak."""
    case = find(use_case)
    if html:
        refuse_without_folder(html)
    when = case.moment(moment) if moment else case.moments[-1]
    with tempfile.TemporaryDirectory() as home, opened(use_case, when.name, home) as pipeline:
        from ml.steps.survey import survey

        seen = survey(case, pipeline.runtime, source=data, moment=when)
    note_unread(seen.unread)
    from ml.core.leakage import find_leaks, leakage_page

    report = find_leaks(case, seen.table, when, undeclared=seen.undeclared)
    if html:
        write_page(html, leakage_page(report, case, data.name))
    if as_json:
        show_json(report.to_dict())
    else:
        show_leakage(report)
    if report.leaks:
        leak = LeakFound(use_case, [finding.source for finding in report.leaks])
        fail(leak, as_json=False)  # JSON has been printed


def show_leakage(report: LeakageReport) -> None:
    """Print the verdicts for people."""
    rows = [
        (
            finding.source,
            finding.known_from if finding.declared else "not declared",
            finding.verdict,
            finding.evidence.alone.value,
            "\n".join(finding.sentences[: 1 if finding.verdict is LeakVerdict.CLEAR else None]),
        )
        for finding in report.columns
    ]
    title = f"Leakage guard of {report.use_case}, columns of {report.moment}, {report.rows:,} rows"
    show_table(title, ("column", "known from", "verdict", "AUC alone", "evidence"), rows)
    skills = [(one.moment, one.columns, one.auc.value) for one in report.moments]
    show_table("Columns of each moment together", ("moment", "columns", "AUC"), skills)
    for one in report.without:
        said = f"Without {one.column} the columns of {one.moment} reach {one.auc.value:.3f}"
        say(f"{said}, {one.lost:.3f} less.", markup=False)
