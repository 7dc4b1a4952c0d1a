"""Work that is done by one thread behind the one that gives it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType


class Behind:
    """Does one thing at a time, in order, while the caller prepares the next.

    At most one thing waits, so memory does not grow with their number. What goes wrong is raised
    in the caller, at its next call or at the end of the block.

    Examples
    --------
    >>> done = []
    >>> with Behind() as behind:
    ...     for number in range(3):
    ...         behind.do(lambda number=number: done.append(number))
    >>> done
    [0, 1, 2]
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._last: Future[object] | None = None

    def do(self, work: Callable[[], object]) -> None:
        """Begin some work once what was begun before is done."""
        self._finish()
        self._last = self._pool.submit(work)

    def _finish(self) -> None:
        last, self._last = self._last, None
        if last is not None:
            last.result()

    def __enter__(self) -> Behind:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for the last work; its fault matters only where there is no other."""
        with self._pool:
            if error is None:
                self._finish()
