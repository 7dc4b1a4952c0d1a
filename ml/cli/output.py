"""What commands print: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ml.contract.errors import DataStopped, InputRefused, LeadwiseError, UsageError
from ml.contract.records import JsonObject

_out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

#: Faults of a refused file that a terminal shows; the JSON holds all.
_SHOWN_FAULTS = 20


def say(what: str | Table, *, soft_wrap: bool = False, markup: bool = True) -> None:
    """Print a line or a table for people."""
    _out.print(what, soft_wrap=soft_wrap, markup=markup)


def show_json(value: JsonObject) -> None:
    """Print one JSON object."""
    sys.stdout.write(json.dumps(value, indent=1, default=str) + "\n")


def show_table(title: str, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a table for people."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in header:
        table.add_column(name)
    for row in rows:
        table.add_row(*(Text(cell(value)) for value in row))  # brackets in data are no markup
    say(table)


def cell(value: object) -> str:
    """A value as people read it."""
    return f"{value:.4f}" if isinstance(value, float) else "" if value is None else str(value)


def refuse_without_folder(file: Path) -> None:
    """Say at once, before any work, that a file cannot be written where it is asked for.

    Raises
    ------
    UsageError
        If its folder does not exist.
    """
    if not file.parent.is_dir():
        raise UsageError(f"there is no folder {str(file.parent)!r}; make it first")


def write_page(file: Path, html: str) -> None:
    """Write a report whole or not at all, and say where it is."""
    unfinished = file.with_name(f".{file.name}.unfinished")
    unfinished.write_text(html, "utf-8")
    unfinished.replace(file)
    err.print(f"report in {file}", markup=False, soft_wrap=True)


def note_unread(headers: Sequence[str]) -> None:
    """Say which columns of a file were not looked at."""
    if headers:
        named = ", ".join(map(repr, headers))
        err.print(
            f"not looked at, as they hold neither text nor numbers: {named}",
            markup=False,
            soft_wrap=True,
        )


def show_facts(title: str, facts: Mapping[str, object]) -> None:
    """Print names and values below a title."""
    show_table(title, ("", ""), facts.items())


def fail(error: LeadwiseError, *, as_json: bool) -> NoReturn:
    """Say what went wrong and leave with the error's exit code."""
    if as_json:
        show_json({"error": _described(error)})
    for line in _lines(error):
        err.print(line, markup=False, soft_wrap=True)
    sys.exit(error.exit_code)


def _lines(error: LeadwiseError) -> list[str]:
    if not isinstance(error, InputRefused):
        return [f"error: {error}"]
    shown = [f"error: {fault.sentence()}" for fault in error.faults[:_SHOWN_FAULTS]]
    more = len(error.faults) - len(shown)
    return [*shown, f"... and {more} more; --json lists all"] if more > 0 else shown


def _described(error: LeadwiseError) -> JsonObject:
    facts: JsonObject = {
        "type": type(error).__name__,
        "message": str(error),
        "exit_code": error.exit_code,
    }
    if isinstance(error, DataStopped):
        facts["findings"] = [asdict(finding) for finding in error.findings]
    if isinstance(error, InputRefused):
        facts["faults"] = [asdict(fault) for fault in error.faults]
    return facts
