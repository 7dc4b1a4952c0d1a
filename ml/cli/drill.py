"""The command `drill`: a bad model is forced into service on a scratch home, and undone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ml.cli.opening import opened
from ml.cli.options import AsJson, MomentName, UseCaseName
from ml.cli.output import say, show_json, show_table
from ml.contract.errors import LeadwiseError, UsageError
from ml.contract.names import Estimator
from ml.contract.use_case import UseCase
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
    family, trials = _quickest(find(use_case))
    with (
        _scratch(home) as folder,
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


def _quickest(use_case: UseCase) -> tuple[str, int]:
    """One family and no more than its list: the drill is the same for all."""
    families = [candidate.estimator for candidate in use_case.candidates]
    family = Estimator.LIGHTGBM if Estimator.LIGHTGBM in families else families[0]
    of_it = [each for each in use_case.candidates if each.estimator == family]
    return family.value, sum(candidate.listed for candidate in of_it)


@contextmanager
def _scratch(home: Path | None) -> Iterator[Path]:
    if home is None:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    if home.exists() and any(home.iterdir()):
        raise UsageError(
            f"{home} is not empty, and a drill makes a bad model serve: name a new folder"
        )
    home.mkdir(parents=True, exist_ok=True)
    yield home


def _show(result: DrillResult) -> None:
    rows = [
        (phase.name, f"{phase.seconds:.2f}", "yes" if phase.passed else "NO", phase.seen)
        for phase in result.phases
    ]
    show_table(f"Drill: {result.model}", ("phase", "seconds", "as it should", "seen"), rows)
    if result.rollback_seconds is not None:
        say(f"old scores served again after {result.rollback_seconds:.2f} s")
