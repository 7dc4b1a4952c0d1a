"""The command `card`: what a version is for, how good it is and where it ends, as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ml.cli.opening import opened
from ml.cli.options import HOME, AsJson, Home, MomentName, UseCaseName
from ml.cli.output import refuse_without_folder, show_json, show_table, write_page
from ml.contract.records import JsonObject
from ml.core.figure_words import gate_title


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(card)


def card(
    use_case: UseCaseName,
    version: Annotated[
        str | None, typer.Option("--version", help="The last that was judged if not given.")
    ] = None,
    moment: MomentName = None,
    home: Home = HOME,
    output: Annotated[
        Path | None, typer.Option("--output", help="HTML page to write.", dir_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the model card of a version: on the screen, as JSON, or as a page."""
    if output:
        refuse_without_folder(output)
    with opened(use_case, moment, home, exclusive=False) as pipeline:
        from ml.steps.kept_cards import card_facts, card_page, latest_card

        lake = pipeline.runtime.lake
        key = latest_card(lake, pipeline.use_case, pipeline.moment, version)
        page, said = card_page(lake, key), card_facts(lake, key)
    if output:
        write_page(output, page)
    if as_json:
        show_json(said)
    elif not output:
        _show(said)


def _show(said: JsonObject) -> None:
    title = f"{said['model']} version {said['version']}"
    figures = [
        (one["words"], one["value"], f"{one['low']:.3f} to {one['high']:.3f}")
        for one in said["figures"]
    ]
    show_table(title, ("metric", "figure", "95 % interval"), figures)
    gates = [
        (gate_title(g["gate"]), g["figure"], "yes" if g["passed"] else "no") for g in said["gates"]
    ]
    show_table("Gates", ("gate", "figure", "holds"), gates)
    show_table("Limits", ("",), [(sentence,) for sentence in said["limits"]])
