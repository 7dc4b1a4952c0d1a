"""The rollback drill: a bad model in service, and how soon the old scores are served again."""

from __future__ import annotations

from statistics import median
from typing import Any

from bench.context import USE_CASE, Context, say
from bench.processes import leadwise
from bench.results import Check, Findings, Table

_MOST_SECONDS = 2.0


def measure(context: Context) -> Findings:
    """Whole drills, each on a home of its own."""
    rows, times = context.size(9_240, 4_000), context.size(3, 1)
    drills = []
    for number in range(times):
        say(f"  drill {number + 1} of {times} on {rows:,} leads")
        drills.append(_drill(rows))
    phases = zip(*(each["phases"] for each in drills), strict=True)
    seconds = [each["rollback_seconds"] for each in drills]
    return Findings(
        data=f"{rows:,} synthetic leads to learn from and as many of late, moment engaged; one "
        f"family. Median of {times} drills.",
        tables=(
            Table(
                title="A bad model: refused, forced, caught, rolled back",
                columns=("phase", "seconds"),
                rows=tuple(
                    (same[0]["name"], round(median(each["seconds"] for each in same), 2))
                    for same in phases
                ),
            ),
        ),
        checks=(
            Check(
                figure="old scores served again, slowest",
                measured=round(max(seconds), 2),
                unit="s",
                at_most=_MOST_SECONDS,
            ),
        ),
        notes=(
            "From the decision to the old version's scores, byte for byte, by its package in "
            "force: hashes and golden rows checked, ledger and aliases written. A command that "
            "is typed imports its libraries first.",
        ),
    )


def _drill(rows: int) -> dict[str, Any]:
    return leadwise("drill", USE_CASE, "--rows", str(rows), "--json").answer
