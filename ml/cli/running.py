"""Commands that run the pipeline: `run` and `step`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ml.cli.checking import show_check
from ml.cli.opening import opened
from ml.cli.options import (
    HOME,
    AsJson,
    DataFile,
    Families,
    Home,
    MomentName,
    Trials,
    UseCaseName,
)
from ml.cli.output import fail, show_facts, show_json, show_table
from ml.contract.errors import GateRefused
from ml.contract.names import CheckState, EngineName
from ml.contract.records import CheckRecord
from ml.core.figure_words import gate_title

if TYPE_CHECKING:
    from ml.contract.records import PromoteRecord
    from ml.results import RunResult


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(run)
    app.command()(step)


def run(
    use_case: UseCaseName,
    data: DataFile,
    moment: MomentName = None,
    home: Home = HOME,
    families: Families = "",
    trials: Trials = None,
    as_json: AsJson = False,
) -> None:
    """From a raw lead file to a served model: every step, each once per input."""
    with opened(use_case, moment, home, families=families, trials=trials) as pipeline:
        result = pipeline.run(data)
    if as_json:
        show_json(result.to_dict())
    else:
        show_run(result)
    refuse_unless_promoted(result.promotion, told=as_json)


def refuse_unless_promoted(promotion: PromoteRecord, *, told: bool = False) -> None:
    """Leave with exit code 3 if the champion stays: by a gate's no, or for another came first.

    Parameters
    ----------
    told : bool, default=False
        The object on standard output says so already: there must be no other.
    """
    if promotion.promoted:
        return
    refused = GateRefused(f"not promoted: {promotion.reason}")
    if told:
        fail(refused, as_json=False)
    raise refused


def show_run(result: RunResult) -> None:
    """Print a run for people."""
    if result.checked.state != CheckState.PASS:
        show_check(result.use_case, result.checked)
    verdict = result.verdict
    shown = {name: verdict.intervals.get(name) for name in verdict.metrics}
    rows = [
        (name, figure, f"{interval.low:.3f} to {interval.high:.3f}" if interval else "")
        for (name, figure), interval in zip(verdict.metrics.items(), shown.values(), strict=True)
    ]
    show_table(f"Test rows, {result.moment}", ("metric", "figure", "95 % interval"), rows)
    gates = [
        (gate_title(g.gate), g.figure, "yes" if g.passed else "no", g.reason) for g in verdict.gates
    ]
    show_table("Gates", ("gate", "figure", "holds", "why"), gates)
    counts = {f"rows {name}": count for name, count in result.cleaned.rows.to_dict().items()}
    show_facts(f"{verdict.model} version {verdict.version}", counts | {"verdict": verdict.reason})


def step(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as clean or train.")],
    use_case: UseCaseName,
    data: Annotated[Path | None, typer.Option("--data", help="Lead file, for ingest.")] = None,
    moment: MomentName = None,
    home: Home = HOME,
    engine: Annotated[
        str, typer.Option("--engine", help="What runs SQL: duckdb or spark.")
    ] = EngineName.DUCKDB.value,
    families: Families = "",
    trials: Trials = None,
    as_json: AsJson = False,
) -> None:
    """One step of the pipeline, reading what the step before it left."""
    with opened(
        use_case, moment, home, engine=engine, families=families, trials=trials
    ) as pipeline:
        record = pipeline.step(name, data)
    result = pipeline.results[-1].to_dict()
    if as_json:
        show_json(result)
    elif isinstance(record, CheckRecord):
        show_check(use_case, record)
    else:
        facts = {name: fact for name, fact in result["record"].items() if name != "data"}
        show_facts(f"{name}{', unchanged' if result['repeated'] else ''}", facts)
