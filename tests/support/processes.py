"""Servers that tests start: ready before they are used, gone afterwards, heard when they fail."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

_LAST_WORDS = 4000


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server and what it has printed so far."""

    process: subprocess.Popen[bytes]
    log: Path = field(repr=False)

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")


class NotReady(AssertionError):
    """Raised when a server ends or stays silent before it is ready; holds its last words."""

    def __init__(self, server: Server, reason: str) -> None:
        self.server = server
        command = " ".join(map(str, server.process.args))
        super().__init__(f"{command}\n{reason}; its output:\n{server.output[-_LAST_WORDS:]}")


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> Callable[[Server], bool]:
    """Ready once the URL answers with success."""

    def ready(_: Server) -> bool:
        try:
            return httpx.get(url, timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False

    return ready


def prints(pattern: str) -> Callable[[Server], bool]:
    """Ready once the output matches the regular expression."""
    return lambda server: re.search(pattern, server.output) is not None


@contextmanager
def serve(
    command: Sequence[str | Path],
    *,
    ready: Callable[[Server], bool],
    seconds: float = 60,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: str | int | None = None,
) -> Iterator[Server]:
    """Run a server until the block ends, with all that it started.

    Parameters
    ----------
    command : sequence of str or Path
        Program and arguments.
    ready : callable
        `answers(url)` or `prints(pattern)`.
    seconds : float, default=60
        How long it may take to become ready.
    env : mapping, optional
        Added to the environment of the tests.
    cwd : Path, optional
        Where it runs.
    user : str or int, optional
        Whom it runs as, where the tests run as root and the server refuses to.

    Raises
    ------
    NotReady
        When it is not ready in time; the message ends with what it printed.
    """
    with TemporaryDirectory() as folder, (Path(folder) / "output").open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | dict(env or {}),
            cwd=cwd,
            user=user,
            start_new_session=True,
        )
        server = Server(process=process, log=Path(output.name))
        try:
            _wait(server, ready, seconds)
            yield server
        finally:
            _stop(process)


def _wait(server: Server, ready: Callable[[Server], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not ready(server):
        if server.process.poll() is not None:
            raise NotReady(server, f"ended with code {server.process.returncode}")
        if time.monotonic() > deadline:
            raise NotReady(server, f"was not ready within {seconds:g} seconds")
        time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes]) -> None:
    _signal_group(process, signal.SIGTERM)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        _signal_group(process, signal.SIGKILL)
        process.wait()
    # Workers that outlived the server they belonged to.
    _signal_group(process, signal.SIGKILL)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
