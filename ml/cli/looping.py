"""The command `loop`: watch what is exported, and retrain when it is time."""

from __future__ import annotations

import re
import signal
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ml.cli.opening import opened, valued
from ml.cli.options import (
    HOME,
    AsJson,
    Families,
    Home,
    MomentName,
    Trials,
    UseCaseName,
    ValuePerWin,
)
from ml.cli.output import err, say, show_json
from ml.contract.errors import LeadwiseError, UsageError
from ml.contract.records import JsonObject
from ml.contract.settings import LaptopSettings
from ml.use_cases import find

if TYPE_CHECKING:
    from ml.contract.retraining import PastDecision
    from ml.loop import Loop

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
#: Turns that the JSON at the end tells of; a loop may run for years.
_TOLD = 1_000


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(loop)


def loop(
    use_case: UseCaseName,
    data: Annotated[
        Path,
        typer.Option(
            "--data",
            help="A file that is exported again and again, or a folder to which exports are added, "
            "in the order of their names.",
            exists=True,
        ),
    ],
    outcomes: Annotated[
        Path | None,
        typer.Option(
            "--outcomes",
            help="What became of leads: ids, outcomes, days; a file or a folder that grows. It "
            "counts before what the exports tell.",
            exists=True,
        ),
    ] = None,
    moment: MomentName = None,
    home: Home = HOME,
    every: Annotated[
        str, typer.Option("--every", help="Pause between turns, such as 30m, 1h or 1d.")
    ] = "1h",
    once: Annotated[bool, typer.Option("--once", help="One turn, then leave.")] = False,
    because: Annotated[
        str, typer.Option("--because", help="Train in the first turn, and why.")
    ] = "",
    families: Families = "",
    trials: Trials = None,
    value_per_win: ValuePerWin = None,
    as_json: AsJson = False,
) -> None:
    """Watch what is exported; train, prove and deploy when it is time; until Ctrl+C."""
    pause = pause_of(every)
    valued(find(use_case), value_per_win).moment(moment)

    turns = _Turns(
        use_case, moment, home, data, outcomes=outcomes, families=families, trials=trials,
        value_per_win=value_per_win,
    )  # fmt: skip
    if once:
        show_turn(turns.turn(because), as_json=as_json)
        return
    told: deque[JsonObject] = deque(maxlen=_TOLD)
    with _stopping(), suppress(_Stop):
        while True:
            told.append(turns.attempt(because))
            because = ""
            time.sleep(pause.total_seconds())
    err.print("the loop has ended; what serves is whole")
    if as_json:
        show_json({"turns": list(told)})


def pause_of(text: str) -> timedelta:
    """A pause as people write it.

    Raises
    ------
    UsageError
        If it is none, or none at all.

    Examples
    --------
    >>> pause_of("90m")
    datetime.timedelta(seconds=5400)
    """
    found = re.fullmatch(r"(\d+)([smhd])", text.strip())
    if not found or not int(found[1]):
        raise UsageError(f"--every is {text!r}; expected a number with s, m, h or d, such as 1h")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


class _Stop(BaseException):
    """Raised in the middle of whatever goes on when the process is told to end."""


@contextmanager
def _stopping() -> Iterator[None]:
    """Let SIGTERM and Ctrl+C raise `_Stop`: what is half done is undone by who does it."""

    def stop(*_: object) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)  # a second one must not cut the cleaning short
        raise _Stop

    before = {each: signal.signal(each, stop) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@dataclass(frozen=True)
class _Turns:
    """Turns on a home, which is open for others between them."""

    use_case: str
    moment: str | None
    home: str
    data: Path
    outcomes: Path | None
    families: str
    trials: int | None
    value_per_win: float | None

    def turn(self, because: str) -> PastDecision:
        from ml.bootstrap import home_is_held

        # A lease that stands while nobody works on the home is of a process that is dead.
        if home_is_held(LaptopSettings(home=self.home).path):
            with self._loop(exclusive=False) as loop:
                if running := loop.running(because):
                    return running
        with self._loop(exclusive=True) as loop:
            return loop.turn(because)

    def attempt(self, because: str) -> JsonObject:
        """One turn of many: its failure is said and told, and the next one comes."""
        try:
            found = self.turn(because)
        except Exception as error:
            self._tell(error)
            return {"error": str(error)}
        err.print(sentence(found), markup=False, soft_wrap=True)
        return found.to_dict()

    def _tell(self, error: Exception) -> None:
        err.print(f"the turn failed: {error}", markup=False, soft_wrap=True)
        if not isinstance(error, LeadwiseError):
            err.print_exception()
        with self._loop(exclusive=False) as loop:
            loop.tell_failure(str(error))

    @contextmanager
    def _loop(self, *, exclusive: bool) -> Iterator[Loop]:
        with opened(
            self.use_case, self.moment, self.home, exclusive=exclusive, families=self.families,
            trials=self.trials, value_per_win=self.value_per_win,
        ) as pipeline:  # fmt: skip
            from ml.bootstrap import home_leases, home_receipts, shadow_scoring
            from ml.loop import Loop
            from ml.retrain import Means

            case, path = pipeline.use_case, LaptopSettings(home=self.home).path
            means = Means(
                leases=home_leases(case, pipeline.moment, path),
                scoring=shadow_scoring(case),
                receipts=home_receipts(path),
            )
            yield Loop(pipeline, means, self.data, outcomes=self.outcomes)


def sentence(past: PastDecision) -> str:
    """A turn in a line or two."""
    decision, outcome = past.decision, past.outcome
    said = f"{decision.at[:19]} {decision.action}"
    said += f" ({decision.refusal})" if decision.refusal else ""
    said += f": {' '.join(decision.reasons)}"
    return f"{said} -> {outcome.ended}: {outcome.says}" if outcome else said


def show_turn(past: PastDecision, *, as_json: bool) -> None:
    """Print a turn."""
    if as_json:
        show_json(past.to_dict())
    else:
        say(sentence(past), soft_wrap=True, markup=False)
