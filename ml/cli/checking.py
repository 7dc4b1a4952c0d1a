"""The command `check`: what the data checks say, before anything is learnt from the data."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ml.cli.opening import opened
from ml.cli.options import HOME, AsJson, Home, MomentName, UseCaseName
from ml.cli.output import fail, say, show_json, show_table
from ml.contract.errors import DataStopped, UsageError
from ml.contract.names import CheckState
from ml.contract.records import CheckRecord, plain
from ml.use_cases import find

if TYPE_CHECKING:
    from ml.contract.records import Finding

_MEANS = {
    CheckState.PASS: "nothing stands against learning from these rows",
    CheckState.WARN: "the rows may be learnt from; look at the warnings",
    CheckState.STOP: "nothing is learnt from these rows; the last good ones stay in force",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(
    use_case: UseCaseName,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Lead file with outcomes.", exists=True, dir_okay=False),
    ] = None,
    catalog: Annotated[
        str | None,
        typer.Option(help="Table of the Glue catalog, DATABASE.TABLE: only its columns."),
    ] = None,
    moment: MomentName = None,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Hold a file to the data checks, beside the last good data; the home stays as it is."""
    if (data is None) == (catalog is None):
        raise UsageError("name what to check: either --data FILE or --catalog DATABASE.TABLE")
    if catalog is not None:
        _check_catalog(use_case, catalog, as_json=as_json)
    elif data is not None:
        record = _check_file(use_case, moment, home, data)
        if as_json:
            show_json(plain(record))
        else:
            show_check(use_case, record)
        _leave_if_stopped(use_case, record.findings)


def _check_file(use_case: str, moment: str | None, home: str, data: Path) -> CheckRecord:
    with ExitStack() as stack:
        pipeline = stack.enter_context(opened(use_case, moment, home, exclusive=False))
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        aside = stack.enter_context(opened(use_case, moment, folder))
        return pipeline.check_aside(data, aside.runtime)


def _check_catalog(use_case: str, table: str, *, as_json: bool) -> None:
    case = find(use_case)
    from dataclasses import asdict

    from ml.adapters.glue_catalog import catalog_types
    from ml.core.checks import judge_types, state_of, types_of

    findings = judge_types(case, types_of(catalog_types(table)))
    state = state_of(findings)
    if as_json:
        show_json({"table": table, "state": state, "findings": [asdict(one) for one in findings]})
    else:
        _show_findings(f"Columns of {table}: {state}", findings)
    _leave_if_stopped(use_case, findings)


def show_check(use_case: str, record: CheckRecord) -> None:
    """Print a check for people: findings, what is worth knowing, and what it means."""
    beside = "the last good data" if record.reference else "no earlier data"
    title = f"Data checks of {use_case}: {record.state} ({record.checks} checks, beside {beside})"
    _show_findings(title, record.findings)
    for note in record.notes:
        say(f"Worth knowing: {note}.", soft_wrap=True, markup=False)
    say(f"{record.state}: {_MEANS[CheckState(record.state)]}.", soft_wrap=True, markup=False)


def _show_findings(title: str, findings: Sequence[Finding]) -> None:
    if not findings:
        say(f"{title}; nothing was found.", soft_wrap=True, markup=False)
        return
    cells = {
        "": [one.state for one in findings],
        "what was seen": [one.message for one in findings],
        "written as": [", ".join(one.values) for one in findings],
        "first on lines": [", ".join(map(str, one.lines)) for one in findings],
        "what to do": [one.hint for one in findings],
    }
    shown = {header: column for header, column in cells.items() if any(column)}
    show_table(title, shown, zip(*shown.values(), strict=True))


def _leave_if_stopped(use_case: str, findings: Sequence[Finding]) -> None:
    stops = [one for one in findings if one.state == CheckState.STOP]
    if stops:
        fail(DataStopped(use_case, stops), as_json=False)  # JSON has been printed
