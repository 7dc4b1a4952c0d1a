"""Commands in processes of their own: how long, how much work, how much memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, cast

from bench.machine import ROOT

#: The environment's programs: servers look for each other by name.
BIN = Path(sys.executable).parent
_KILOBYTE = 1 if sys.platform == "darwin" else 1024
_LAST_WORDS = 2_000
#: Where it is set, Python compiles every library at every start: seconds that are not ours.
_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a command printed and what it took, all its children included."""

    seconds: float
    cpu_seconds: float
    peak_megabytes: float
    output: str

    @property
    def answer(self) -> dict[str, Any]:
        """The one JSON object that it printed."""
        return cast(dict[str, Any], json.loads(self.output))


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables for a program of ours."""
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", "")])
    given = {name: value for name, value in os.environ.items() if name != _NO_BYTECODE}
    return given | {"PATH": path, "PYTHONPATH": str(ROOT)} | dict(more or {})


def measured(command: Sequence[str | Path], *, codes: tuple[int, ...] = (0,)) -> Usage:
    """Run a command to its end.

    Raises
    ------
    RuntimeError
        With its last words, if its exit code is none of `codes`.
    """
    with TemporaryFile() as out, TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in command], stdout=out, stderr=err, env=environment(), cwd=ROOT
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in codes:
            said = _text(err)[-_LAST_WORDS:]
            raise RuntimeError(
                f"{list(map(str, command))} ended with {process.returncode}:\n{said}"
            )
        return Usage(
            seconds=seconds,
            cpu_seconds=used.ru_utime + used.ru_stime,
            peak_megabytes=used.ru_maxrss * _KILOBYTE / 1e6,
            output=_text(out),
        )


def leadwise(*words: str | Path, codes: tuple[int, ...] = (0,)) -> Usage:
    """Run the command line of the product."""
    return measured([sys.executable, "-m", "ml.cli", *words], codes=codes)


def work(name: str, *words: str | Path) -> Usage:
    """Run one of `bench.work` in a fresh process."""
    return measured([sys.executable, "-m", "bench.work", name, *words])


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode(errors="replace")
