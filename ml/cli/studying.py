"""Commands for data scientists: `generate` and `quality`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Literal

import typer

from ml.cli.opening import opened
from ml.cli.options import AsJson, DataFile, MomentName, UseCaseName
from ml.cli.output import err, refuse_without_folder, show_json, show_table
from ml.contract.errors import UnknownName
from ml.contract.names import Estimator
from ml.use_cases import find

Breakage = Literal["empty", "constant", "garbled"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(generate)
    app.command()(quality)


def generate(
    use_case: UseCaseName,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="CSV file to write.")],
    rows: Annotated[int, typer.Option(help="Leads to make.")] = 9_240,
    seed: Annotated[int, typer.Option(help="Same seed, same leads.")] = 0,
    weeks: Annotated[int, typer.Option(help="Spread arrivals over so many weeks.")] = 0,
    drift_week: Annotated[int | None, typer.Option(help="Columns drift from this week on.")] = None,
    drift_strength: Annotated[float, typer.Option(help="0 none, 1 clear, up to 5.")] = 1.0,
    base_rate_shift: Annotated[float, typer.Option(help="Added to the log-odds.")] = 0.0,
    odds_power: Annotated[float, typer.Option(help="Raises the odds; below 1, flatter.")] = 1.0,
    concept_strength: Annotated[
        float, typer.Option(help="What fields say changes: 0 none, 1 the reverse.")
    ] = 0.0,
    stale_weeks: Annotated[int, typer.Option(help="Weeks at the end without a lead.")] = 0,
    lost_outcomes: Annotated[float, typer.Option(help="Share of outcomes that get lost.")] = 0.0,
    label_delay: Annotated[bool, typer.Option(help="Add the day of the outcome.")] = False,
    planted_leak: Annotated[bool, typer.Option(help="Add a column that leaks.")] = False,
    broken_field: Annotated[str | None, typer.Option(help="Column that breaks.")] = None,
    breakage: Annotated[Breakage, typer.Option(help="What becomes of it.")] = "empty",
    duplicate_share: Annotated[float, typer.Option(help="Share of repeated leads.")] = 0.0,
) -> None:
    """Make synthetic leads with known truth; no switch plants anything unless you ask."""
    case = find(use_case)
    from ml.core.generator import Scenario

    scenario = Scenario(
        arrival_weeks=weeks,
        drift_week=drift_week,
        drift_strength=drift_strength,
        base_rate_shift=base_rate_shift,
        odds_power=odds_power,
        concept_strength=concept_strength,
        stale_weeks=stale_weeks,
        lost_outcomes=lost_outcomes,
        label_delay=label_delay,
        planted_leak=planted_leak,
        broken_field=broken_field,
        breakage=breakage,
        duplicate_share=duplicate_share,
    )
    from ml.core.sample import write_csv

    refuse_without_folder(out)
    with out.open("wb") as stream:
        write_csv(case, stream, rows=rows, seed=seed, scenario=scenario)
    err.print(f"{rows} synthetic leads in {out}")


def quality(
    use_case: UseCaseName,
    data: DataFile,
    moment: MomentName = None,
    splits: Annotated[int, typer.Option(min=2, help="Divisions to repeat.")] = 10,
    estimator: Annotated[str, typer.Option(help="Model family.")] = Estimator.LIGHTGBM.value,
    seed: Annotated[int, typer.Option(help="First division's seed.")] = 0,
    as_json: AsJson = False,
) -> None:
    """How good a model family is on a file: mean and spread over repeated divisions."""
    case = find(use_case)
    when = case.moment(moment)
    if estimator not in set(Estimator):
        raise UnknownName("estimator", estimator, Estimator)
    with tempfile.TemporaryDirectory() as home, opened(use_case, moment, home) as pipeline:
        table = pipeline.clean_table(data)
    from ml.core.quality import repeated_quality

    found = repeated_quality(
        case, table, when, estimator=Estimator(estimator), splits=splits, seed=seed
    )
    if as_json:
        show_json(found.to_dict())
    else:
        rows = [(name, spread.mean, spread.sd) for name, spread in found.scores.items()]
        show_table(f"{estimator}, {when}, {splits} divisions", ("metric", "mean", "SD"), rows)
