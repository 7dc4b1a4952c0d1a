"""The command `replay`: a year of leads in minutes, to see the loop at work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ml.cli.options import AsJson, MomentName, UseCaseName
from ml.cli.output import err, refuse_without_folder, show_facts, show_json, show_table
from ml.cli.scratch_homes import quickest, scratch_home
from ml.contract.errors import UsageError
from ml.contract.moments import Moment
from ml.contract.settings import LaptopSettings
from ml.contract.use_case import UseCase
from ml.use_cases import find

if TYPE_CHECKING:
    from ml.core.replaying import ReplayResult
    from ml.replay import Replaying

EventName = Literal["concept-drift", "drift", "base-rate", "broken-field", "none"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(
    use_case: UseCaseName,
    moment: MomentName = None,
    home: Annotated[
        Path | None,
        typer.Option(help="A new folder that stays; without one the home is thrown away."),
    ] = None,
    weeks: Annotated[int, typer.Option(min=1, help="Weeks to play.")] = 52,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same leads.")] = 0,
    event: Annotated[EventName, typer.Option(help="What is planted.")] = "drift",
    week: Annotated[
        int | None, typer.Option(min=1, help="First week of it; the middle one if not given.")
    ] = None,
    rows_a_week: Annotated[
        int, typer.Option("--rows-a-week", min=200, help="Leads of each week.")
    ] = 500,
    schedule: Annotated[
        bool, typer.Option("--schedule", help="Train on the use case's schedule as well.")
    ] = False,
    plot: Annotated[Path | None, typer.Option("--plot", help="PNG to draw.")] = None,
    as_json: AsJson = False,
) -> None:
    """Play synthetic leads with a planted event through the loop; draw what happened."""
    from ml.core.replaying import Event
    from ml.replay import Replaying

    case, planted = find(use_case), week or weeks // 2 + 1
    if planted > weeks:
        raise UsageError(f"--week is {planted}, but only {weeks} weeks are played")
    if plot:
        refuse_without_folder(plot)
    what = Replaying(
        event=Event(event), week=planted, weeks=weeks, rows_a_week=rows_a_week, seed=seed,
        schedule=schedule,
    )  # fmt: skip
    family, trials = quickest(case)
    case = what.use_case(case.trying([family], trials))
    with scratch_home(home, "a replay trains on made-up leads") as folder:
        found = play(case, case.moment(moment), folder.resolve(), what)
    if plot:
        from ml.core.plots.replay_plot import replay_plot

        plot.write_bytes(replay_plot(found))
        err.print(f"picture in {plot}", markup=False, soft_wrap=True)
    if as_json:
        show_json(found.to_dict())
    else:
        _show(found)


def play(use_case: UseCase, moment: Moment, folder: Path, what: Replaying) -> ReplayResult:
    """A replay on homes of its own below a folder; each week is said on standard error."""
    from rich.console import Console

    from ml.bootstrap import home_leases, laptop, shadow_scoring
    from ml.pipeline import Pipeline
    from ml.replay import Replay
    from ml.retrain import Means

    home, aside = (LaptopSettings(home=str(folder / name)) for name in ("home", "aside"))
    quiet, exports = Console(quiet=True), folder / "exports"
    exports.mkdir()
    with laptop(home, quiet) as runtime, laptop(aside, quiet) as other:
        means = Means(
            leases=home_leases(use_case, moment, home.path), scoring=shadow_scoring(use_case)
        )
        replay = Replay(
            Pipeline(use_case, runtime, moment), Pipeline(use_case, other, moment), means, exports,
            what, tell=lambda said: err.print(said, markup=False, soft_wrap=True),
        )  # fmt: skip
        return replay.run()


def _show(found: ReplayResult) -> None:
    rows = [
        (week.number, week.state, week.action, week.ended, week.version, week.auc, week.auc_never,
         week.wins - week.wins_never)
        for week in found.weeks
    ]  # fmt: skip
    header = ("week", "look", "decision", "came to", "version", "AUC", "AUC without", "wins saved")
    show_table(f"Replay: {found.event}", header, rows)
    facts = found.to_dict()
    del facts["weeks"]
    show_facts("In all", facts)
