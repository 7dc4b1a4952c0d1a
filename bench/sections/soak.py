"""The server for half an hour: whether it keeps what it should give back."""

from __future__ import annotations

import threading

from bench.context import Context
from bench.results import Check, Findings, Table
from bench.sections.load import Target, target

_RATE, _MOST_GROWTH = 50, 5
_LOOKS = 60


def measure(context: Context) -> Findings:
    """Memory of server and workers at equal times, first minutes left out."""
    seconds = context.size(1_800, 20)
    with target(context) as asked:
        asked.timetable(f"{_RATE}x{seconds / 10}")  # caches fill
        stop, seen = threading.Event(), list[float]()
        looking = threading.Thread(target=_look, args=(asked, seconds / _LOOKS, stop, seen))
        looking.start()
        (figures,) = asked.timetable(f"{_RATE}x{seconds}")
        stop.set()
        looking.join()
    growth = 100 * (max(seen[-3:]) / min(seen[:3]) - 1)
    return Findings(
        data=f"200 synthetic leads (seed 11), {_RATE} requests/s for {seconds / 60:g} minutes, "
        "two workers.",
        tables=(
            Table(
                title="Soak",
                columns=("sent", "failed", "p99, ms", "MB at first", "MB at last", "growth, %"),
                rows=(
                    (
                        figures["sent"], figures["failed"] + figures["refused"],
                        figures["p99_ms"], seen[0], seen[-1], growth,
                    ),
                ),
            ),
        ),
        checks=(
            Check(figure="growth of memory", measured=round(growth, 2), unit="%",
                  at_most=_MOST_GROWTH),
            Check(figure="failures", measured=figures["failed"] + figures["refused"], at_most=0),
        ),
    )  # fmt: skip


def _look(asked: Target, every: float, stop: threading.Event, seen: list[float]) -> None:
    """Memory of the whole family in MB, again and again."""
    while not stop.is_set():
        family = [asked.process, *asked.process.children(recursive=True)]
        seen.append(sum(member.memory_info().rss for member in family) / 1e6)
        stop.wait(every)
