"""The command `drill`: a bad model is forced into service on a scratch home, and undone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ml.cli.opening import opened
from ml.cli.options import AsJson, MomentName, UseCaseName
from ml.cli.output import say, show_json, show_table
from ml.cli.scratch_homes import quickest, scratch_home
from ml.contract.errors import LeadwiseError
from ml.use_cases import find

if TYPE_CHECKING:
    from ml.drill import DrillResult


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(drill)


def drill(
    use_case: UseCaseName,
    moment: MomentName = None,
    home: Annotated[
        Path | None,
        typer.Option(help="A new folder that stays; without one the home is thrown away."),
    ] = None,
    rows: Annotated[int, typer.Option(min=2_000, help="Synthetic leads to learn from.")] = 4_000,
    as_json: AsJson = False,
) -> None:
    """Force a bad model past its gates, catch it, roll it back; each phase with its time."""
    family, trials = quickest(find(use_case))
    with (
        scratch_home(home, "a drill makes a bad model serve") as folder,
        opened(use_case, moment, str(folder / "home"), families=family, trials=trials) as pipeline,
    ):
        from ml.drill import Drill

        result = Drill(pipeline, folder, rows=rows).run()
    if as_json:
        show_json(result.to_dict())
    else:
        _show(result)
    if not result.passed:
        failed = result.phases[-1]
        raise LeadwiseError(f"the drill failed at {failed.name!r}: {failed.seen}")


def _show(result: DrillResult) -> None:
    rows = [
        (phase.name, f"{phase.seconds:.2f}", "yes" if phase.passed else "NO", phase.seen)
        for phase in result.phases
    ]
    show_table(f"Drill: {result.model}", ("phase", "seconds", "as it should", "seen"), rows)
    if result.rollback_seconds is not None:
        say(f"old scores served again after {result.rollback_seconds:.2f} s")
