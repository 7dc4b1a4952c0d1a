"""One writer at a time on a home."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ml.contract.errors import HomeBusy


@contextmanager
def home_lock(home: Path, seconds: int) -> Iterator[None]:
    """Hold the home's lock; the operating system frees it when the process dies.

    Parameters
    ----------
    home : Path
        Made if it is absent.
    seconds : int
        How long to wait for another process.

    Raises
    ------
    HomeBusy
        If the other process is not done by then.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / ".lock", timeout=seconds)
    try:
        lock.acquire()
    except Timeout:
        raise HomeBusy(
            f"another process has been working on {home.name}/ for over {seconds} s; "
            "wait for it, or use another --home"
        ) from None
    try:
        yield
    finally:
        lock.release()
