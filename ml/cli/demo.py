"""The command `demo`: synthetic leads, the whole pipeline, then the page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ml.cli.opening import opened
from ml.cli.options import HOME, Families, Home, Trials
from ml.cli.output import err
from ml.cli.running import refuse_unless_promoted
from ml.cli.serving import PORT, THIS_MACHINE, Port, listen
from ml.contract.access_settings import AccessSettings
from ml.contract.settings import LaptopSettings
from ml.use_cases import find

_USE_CASE = "lead_conversion"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    home: Home = HOME,
    port: Port = PORT,
    rows: Annotated[int, typer.Option(min=2_000, help="Synthetic leads to learn from.")] = 9_240,
    seed: Annotated[int, typer.Option(help="Same seed, same leads.")] = 1,
    families: Families = "",
    trials: Trials = None,
) -> None:
    """Learn from synthetic leads, from raw file to served model, and open the page."""
    case = find(_USE_CASE)
    moment = case.default_moment
    with opened(_USE_CASE, None, home, families=families, trials=trials) as pipeline:
        data = _leads(LaptopSettings(home=home).path, rows, seed)
        result = pipeline.run(data)
    refuse_unless_promoted(result.promotion)
    listen(case, moment, home, host=THIS_MACHINE, port=port, workers=1, doors=AccessSettings())


def _leads(home: Path, rows: int, seed: int) -> Path:
    from ml.core.sample import write_csv

    file = home / f"synthetic-leads-{rows}-{seed}.csv"
    if not file.exists():
        half = file.with_suffix(".part")
        with half.open("wb") as stream:
            write_csv(find(_USE_CASE), stream, rows=rows, seed=seed)
        half.rename(file)
    err.print(f"{rows} synthetic leads: {file}")
    return file
