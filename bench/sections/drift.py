"""Watching for drift: what a decision costs, and how often it is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow.parquet as pq

from bench.context import Context, say
from bench.processes import Usage, work
from bench.results import Cell, Check, Findings, Table
from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.core.drift.planting import Emptied, Plant, Replaced, Scaled
from ml.core.drift.reliability import rates
from ml.core.watching.reliability import raised_rates

_MOST_SECONDS, _MOST_MEGABYTES = 10, 2_000
_MOST_FALSE, _LEAST_POWER = 0.05, 0.95
_NOTHING = "nothing"


def measure(context: Context) -> Findings:
    """The decision on a large table, Evidently on a small one, false alarms and power."""
    large = context.size(1_000_000, 20_000)
    say(f"  decision on {large:,} rows")
    ours = work("decide", context.clean_file(large))
    few = context.size(9_000, 1_000)
    theirs = work("evidently", context.clean_file(large), str(few))
    rows = _reliability(context)
    false = max(float(row[3]) for row in rows if row[0] == _NOTHING)
    power = min(float(row[3]) for row in rows if row[0] != _NOTHING)
    told = max(float(row[4]) for row in rows if row[0] == _NOTHING)
    seen = min(float(row[4]) for row in rows if row[0] != _NOTHING)
    return Findings(
        data="Clean synthetic leads (seed 3), columns of the moment engaged. The decision compares "
        f"{large:,} rows with as many drawn from them anew (seed 5).",
        tables=(
            _cost(ours, theirs),
            Table(
                title="How often a column is noticed and a retrain asked, by planted shift",
                columns=("planted", "rows per window", "a column noticed", "retrain asked",
                         "people told", "urgent"),
                rows=tuple(rows),
            ),
        ),
        checks=(
            Check(figure=f"decision on {large:,} rows", unit="s", at_most=_MOST_SECONDS,
                  measured=round(ours.answer["drift_seconds"], 2)),
            Check(figure="its peak memory", measured=round(ours.peak_megabytes), unit="MB",
                  at_most=_MOST_MEGABYTES),
            Check(figure="false retrains when nothing changed", measured=false,
                  at_most=_MOST_FALSE),
            Check(figure="looks that tell people of what has not changed", measured=told,
                  at_most=_MOST_FALSE),
            Check(figure="looks that tell people when a third of the columns shifts",
                  measured=seen, at_least=_LEAST_POWER),
            Check(figure="retrains asked when a third of the columns shifts", measured=power,
                  at_least=_LEAST_POWER),
        ),
        notes=(
            f"{_repetitions(context)} windows per line: none of so many with an alarm says that "
            f"the rate is below {3 / _repetitions(context):.3f} (95 %).",
            "People are told of what is raised from MEDIUM on: drift, missing cells, new levels "
            "and numbers out of range of any column; urgent is what is raised from HIGH on.",
            "Evidently is the report for people; it draws a page of pictures in its time.",
        ),
    )  # fmt: skip


def _cost(ours: Usage, theirs: Usage) -> Table:
    return Table(
        title="One comparison",
        columns=("by", "rows per side", "columns", "seconds", "CPU seconds", "peak memory, MB"),
        rows=(
            _row("Leadwise's decision", ours, "drift"),
            _row("Evidently's report, page included", theirs, "evidently"),
        ),
    )


def _row(name: str, usage: Usage, key: str) -> tuple[Cell, ...]:
    found = usage.answer
    return (name, found["rows"], found["columns"], found[f"{key}_seconds"], found[f"{key}_cpu"],
            usage.peak_megabytes)  # fmt: skip


def _repetitions(context: Context) -> int:
    return context.size(60, 3)


def _reliability(context: Context) -> list[tuple[str, int, float, float, float, float]]:
    columns = context.use_case.schema.features(context.use_case.default_moment)
    names = [column.name for column in columns]
    reference = pq.read_table(context.clean_file(context.size(20_000, 5_000)), columns=names)
    found = []
    for shift, plants in _shifts(columns).items():
        for rows in (500, 2_000):
            say(f"  planted {shift}, windows of {rows:,}")
            seen = rates(
                reference, context.use_case.drift, columns=columns, rows=rows,
                repetitions=_repetitions(context), seed=7, plants=plants,
            )  # fmt: skip
            raised = raised_rates(
                reference, columns=columns, policy=context.use_case.watch,
                drift=context.use_case.drift, rows=rows, repetitions=_repetitions(context), seed=7,
                plants=plants,
            )  # fmt: skip
            found.append((shift, rows, seen.noticed, seen.asked, raised.told, raised.urgent))
    return found


def _shifts(columns: Sequence[Column]) -> Mapping[str, Sequence[Plant]]:
    """Changes of a third of the columns, and none."""
    third = -(-len(columns) // 3)
    numbers = [column.name for column in columns if column.kind in {Kind.NUMBER, Kind.INTEGER}]
    words = [column.name for column in columns if column.kind is Kind.CATEGORY]
    fields = [*numbers, *words]
    return {
        _NOTHING: (),
        "half of the cells lost": [Emptied(column=n, share=0.5) for n in fields[:third]],
        "a new level in 30 % of cells": [
            Replaced(column=n, value="new", share=0.3) for n in words[:third]
        ],
        "numbers at 40 %, a new level": [
            *(Scaled(column=n, factor=0.4) for n in numbers[:2]),
            *(Replaced(column=n, value="new", share=0.3) for n in words[: third - 2]),
        ],
    }
