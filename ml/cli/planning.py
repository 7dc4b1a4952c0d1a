"""The command `plan`: which leads to work, and what to expect of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ml.cli.opening import opened
from ml.cli.options import HOME, WORTH, AsJson, Home, MomentName, UseCaseName
from ml.cli.output import err, show_facts, show_json, show_table
from ml.contract.errors import UsageError
from ml.use_cases import find

if TYPE_CHECKING:
    from ml.contract.records import Interval
    from ml.core.planning import Plan

#: Leads that a terminal shows; `--output` and `--json` hold all.
_SHOWN = 10


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(plan)


def plan(
    use_case: UseCaseName,
    capacity: Annotated[int, typer.Option(help="Leads that can be worked.")],
    cost: Annotated[float, typer.Option(help="What working one lead costs.")],
    value: Annotated[
        float | None,
        typer.Option(
            envvar=WORTH, help="What a win is worth; what the use case says if not given."
        ),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--input",
            help="Leads to plan: CSV, Parquet or JSON lines. Without it, the home's test leads.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="List of leads to work: .csv or .parquet.")
    ] = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="Profit curve: .png.")] = None,
    action: Annotated[
        str | None,
        typer.Option(help="Way of contact, such as call; who refused it is left out."),
    ] = None,
    moment: MomentName = None,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Which leads to work with the hands that there are, and what to expect of it."""
    from ml.core.planning import Terms

    terms = Terms(capacity=capacity, value=_worth(use_case, value), cost=cost)
    with opened(use_case, moment, home, exclusive=False) as pipeline:
        found = pipeline.plan(terms, source, action=action, output=output, plot=plot)
    if as_json:
        show_json(found.to_dict())
    else:
        _show(found)


def _worth(use_case: str, value: float | None) -> float:
    worth = find(use_case).value_per_win if value is None else value
    if worth is None:
        raise UsageError(
            "nobody said what a win is worth: name it with --value, such as --value 1200, or "
            f"declare value_per_win in the use case {use_case}"
        )
    return worth


def _show(plan: Plan) -> None:
    facts = {
        "leads to work": f"{len(plan.chosen):,} of {plan.leads:,}",
        "left out, as they asked not to be contacted": f"{plan.left_out:,}",
        "in the list, but not by every way": f"{plan.marked:,}",
        "expected wins, 9 in 10": _interval(plan.wins),
        "expected profit, 9 in 10": _interval(plan.profit),
        "a lead pays from": f"{plan.terms.break_even:.1%}",
        "the last lead to work has": "" if plan.threshold is None else f"{plan.threshold:.1%}",
        "most profit by working": f"{plan.curve.best:,} leads",
    }
    if plan.won is not None:
        facts["won in fact"] = f"{plan.won:,}"
    show_facts("Plan", facts)
    header = ("rank", "lead", "score", "band", "chance", "expected profit", "asked not to")
    rows = [
        (lead.rank, lead.id, f"{lead.score} ({lead.score_low}-{lead.score_high})", lead.band,
         f"{lead.probability:.1%}", f"{lead.expected_profit:,.0f}", ", ".join(lead.asked_not))
        for lead in plan.chosen[:_SHOWN]
    ]  # fmt: skip
    show_table("First to work", header, rows)
    for note in plan.notes:
        err.print(note, markup=False)


def _interval(of: Interval) -> str:
    return f"{of.value:,.0f} ({of.low:,.0f} to {of.high:,.0f})"
