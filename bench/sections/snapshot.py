"""Training sets: frozen, and read again to see that no cell has changed."""

from __future__ import annotations

from bench.context import Context, say
from bench.processes import work
from bench.results import Cell, Check, Findings, Table

_SECONDS = 5


def measure(context: Context) -> Findings:
    """Freeze clean rows, verify them, divide them: each beside copying the file."""
    rows = context.size(1_000_000, 5_000)
    say(f"  {rows:,} rows: freeze, verify, divide")
    file = context.clean_file(rows)
    usage = work("freeze", file, context.scratch / "frozen")
    found = usage.answer
    lines: list[tuple[Cell, ...]] = [
        (what, found[f"{key}_seconds"], found[f"{key}_cpu"])
        for what, key in (
            ("freeze: rows, manifest and tag", "freeze"),
            ("verify: every file's hash, then the canonical hash", "verify"),
            ("divide into training, validation and test", "split"),
            ("for comparison: copy the file", "copy"),
        )
    ]
    both = found["freeze_seconds"] + found["verify_seconds"]
    return Findings(
        data=f"{rows:,} synthetic leads (seed 3), clean, {found['columns']:.0f} columns.",
        tables=(
            Table(title="A training set", columns=("work", "seconds", "CPU s"), rows=tuple(lines)),
        ),
        checks=(
            Check(figure=f"{rows:,} rows frozen and verified", measured=round(both, 2), unit="s",
                  at_most=_SECONDS),
        ),
        notes=(
            "Freezing links the clean file, which nobody changes, and hashes its bytes; its "
            "canonical hash comes from the clean step. Verifying reads all cells again. Peak "
            f"memory of the whole: {usage.peak_megabytes:,.0f} MB.",
        ),
    )  # fmt: skip
