"""Work that other threads do, behind the one that gives it or ahead of the one that takes it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


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


def ahead(
    work: Callable[[_Given], _Made], given: Iterable[_Given], *, threads: int
) -> Iterator[_Made]:
    """What some work makes of each thing given, in order, made by several threads.

    Few things are under way at a time, so memory does not grow with their number.

    Examples
    --------
    >>> list(ahead(abs, [-3, 2, -1], threads=2))
    [3, 2, 1]
    """
    with ThreadPoolExecutor(max_workers=threads) as pool:
        under_way: deque[Future[_Made]] = deque()
        for one in given:
            under_way.append(pool.submit(work, one))
            if len(under_way) > threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
