"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ml.contract.settings import LaptopSettings, Settings

UseCaseName = Annotated[str, typer.Argument(metavar="USE_CASE", help="Such as lead_conversion.")]
MomentName = Annotated[
    str | None,
    typer.Option("--moment", help="Scoring moment; the use case's default if not given."),
]
Home = Annotated[
    str,
    typer.Option(
        "--home",
        envvar=LaptopSettings.variable("home"),
        help="Directory that holds everything.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Families = Annotated[
    str,
    typer.Option(
        "--families",
        envvar=Settings.variable("families"),
        help="Try only these model families, such as lightgbm,xgboost.",
    ),
]
Trials = Annotated[
    int | None,
    typer.Option(
        "--trials",
        envvar=Settings.variable("trials"),
        help="Configurations to try in all; the use case's budget if not given.",
    ),
]
WORTH = Settings.variable("value_per_win")
ValuePerWin = Annotated[
    float | None,
    typer.Option(
        "--value-per-win",
        envvar=WORTH,
        help="What a win is worth, for revenue by band; what the use case says if not given.",
    ),
]
DataFile = Annotated[
    Path,
    typer.Option(
        "--data", help="Lead file: CSV, Parquet or JSON lines.", exists=True, dir_okay=False
    ),
]

HOME = LaptopSettings().home
OnAws = Annotated[
    bool,
    typer.Option("--aws", help="The account that the console stack's MemorySettings name."),
]
