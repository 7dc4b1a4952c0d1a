"""Servers under measurement: started in a session of their own, ended with all they started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile

import psutil

from bench.machine import ROOT
from bench.processes import environment

_LAST_WORDS = 1_500


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    words: Sequence[str | Path],
    *,
    ready: Callable[[], bool],
    seconds: float = 90,
    program: Sequence[str] = (sys.executable, "-m", "ml.cli"),
    env: Mapping[str, str] | None = None,
) -> Iterator[psutil.Process]:
    """A server until the block ends.

    Raises
    ------
    RuntimeError
        With its last words, if it ends or is not ready in time.
    """
    with TemporaryFile() as output:
        process = subprocess.Popen(
            [*program, *map(str, words)], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            env=environment(env), cwd=ROOT, start_new_session=True,
        )  # fmt: skip
        try:
            deadline = time.monotonic() + seconds
            while not ready():
                if process.poll() is not None or time.monotonic() > deadline:
                    output.seek(0)
                    said = output.read().decode(errors="replace")[-_LAST_WORDS:]
                    raise RuntimeError(f"{words[0]} did not get ready:\n{said}")
                time.sleep(0.05)
            yield psutil.Process(process.pid)
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)


def cpu_seconds(process: psutil.Process) -> float:
    """Work that a process and its descendants have done so far."""
    family = [process, *process.children(recursive=True)]
    spent = [member.cpu_times() for member in family if member.is_running()]
    return float(sum(times.user + times.system for times in spent))
