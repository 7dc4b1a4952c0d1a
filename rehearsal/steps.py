"""The steps of a rehearsal as a person sees them: what is done, what was seen, how long it took."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO


@dataclass
class Step:
    """One step; what it saw is told line by line."""

    lines: list[str] = field(default_factory=list)

    def saw(self, line: str) -> None:
        """Add a line below the step's title."""
        self.lines.append(line)


@dataclass
class Steps:
    """Prints each step when it ends, with its seconds.

    Parameters
    ----------
    out : TextIO
        Where to.

    Attributes
    ----------
    current : str
        The step that runs, or ran last.
    """

    out: TextIO = field(default_factory=lambda: sys.stdout)
    started: float = field(default_factory=time.monotonic)
    current: str = "begin"

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Run a step: its title appears at once, its seconds when it ends."""
        began, self.current = time.monotonic(), title
        print(f"{title} ...", end="", file=self.out, flush=True)
        step = Step()
        try:
            yield step
        except BaseException:
            print(" failed", file=self.out, flush=True)
            raise
        print(f" {time.monotonic() - began:.1f} s", file=self.out)
        for line in step.lines:
            print(f"    {line}", file=self.out)
        self.out.flush()

    def done(self) -> None:
        """Say how long everything took."""
        print(f"rehearsed in {time.monotonic() - self.started:.0f} s", file=self.out, flush=True)
