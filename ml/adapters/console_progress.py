"""Progress on a terminal: one line a step, a bar where the length is known, nothing when piped."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)


class ConsoleProgress:
    """Shows steps on standard error; standard output stays free for results.

    Parameters
    ----------
    console : Console
        Where to draw. Off a terminal one plain line is printed per finished step.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[note]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._step, self._began = "", 0.0

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def start(self, step: str, total: int | None = None) -> None:
        """A step begins."""
        self._step, self._began = step, time.monotonic()
        self._task = self._bars.add_task(step, total=total, note="")

    def advance(self, units: int = 1, note: str = "") -> None:
        """Some units are done."""
        if self._task is not None:
            self._bars.update(self._task, advance=units, note=note)

    def done(self, note: str = "") -> None:
        """The step ended."""
        if self._task is not None:
            total = self._bars.tasks[self._task].completed or 1
            self._bars.update(self._task, total=total, completed=total, note=note)
        if not self._console.is_terminal:
            seconds = time.monotonic() - self._began
            self._console.print(f"{self._step:<10} {seconds:6.1f} s  {note}", highlight=False)
