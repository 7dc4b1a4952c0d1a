"""The leakage guard: what it finds, how often it is silent, and what it costs."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from bench.context import Context, home, say
from bench.results import Cell, Check, Findings, Table
from ml.contract.moments import ARRIVAL, CONTACTED, Moment
from ml.contract.names import LeakVerdict
from ml.contract.use_case import UseCase
from ml.core.generator import Scenario
from ml.core.leakage import ColumnFinding, find_leaks, leaks_among
from ml.core.sample import write_csv
from ml.steps.survey import Survey, survey

_AGENTS = ("tags", "lead_quality", "lead_profile")
#: Thresholds of the guard were set by looking at seeds below 20: these it has never seen.
_FIRST_SEED, _SEEDS = 100, 20
#: The guard is to stay silent on so many of the twenty clean files.
_SILENT = 19
#: Training rows of the real file, about, and what a gate may cost on them.
_GATE_ROWS, _GATE_SECONDS = 7_000, 2.0


@dataclass(frozen=True, kw_only=True)
class _Seed:
    """What the guard said of one synthetic file."""

    silent: bool
    planted: bool
    agents: bool


def measure(context: Context) -> Findings:
    """Synthetic seeds, and the real file where it is at hand."""
    rows, seeds = context.size(9_240, 2_000), context.size(_SEEDS, 2)
    found = [_seed(context, rows, seed) for seed in range(_FIRST_SEED, _FIRST_SEED + seeds)]
    silent, planted, agents = (
        sum(getattr(one, name) for one in found) for name in ("silent", "planted", "agents")
    )
    table = Table(
        title=f"Synthetic files of {rows:,} leads, {seeds} seeds",
        columns=("what is asked", "of", "found"),
        rows=(
            ("no word about clean leads", seeds, silent),
            ("the planted leak, and nothing else", seeds, planted),
            ("Tags, Lead Quality and Lead Profile declared for arrival", seeds, agents),
        ),
    )
    checks = (
        Check(figure="share of clean files without a word", measured=silent / seeds,
              at_least=_SILENT / _SEEDS),
        Check(figure="share of planted leaks found", measured=planted / seeds, at_least=1.0),
    )  # fmt: skip
    real = _real(context) if context.leads else Findings(data="")
    made = f"Synthetic leads with seeds from {_FIRST_SEED}, a leak planted in each."
    return Findings(
        data=f"{made} {real.data}".strip(),
        tables=(table, *real.tables),
        checks=(*checks, *real.checks),
        notes=("Bounds and how they were chosen: docs/adr/0028.",),
    )


def _seed(context: Context, rows: int, seed: int) -> _Seed:
    say(f"  seed {seed}")
    case, file = context.use_case, context.scratch / f"leaking-{seed}.csv"
    with file.open("wb") as stream:
        write_csv(case, stream, rows=rows, seed=seed, scenario=Scenario(planted_leak=True))
    with home(context.scratch / f"surveyed-{seed}") as runtime:
        seen = survey(case, runtime, source=file, moment=CONTACTED)
    file.unlink()
    clean = find_leaks(case, seen.table, CONTACTED).columns
    planted = find_leaks(case, seen.table, ARRIVAL, undeclared=seen.undeclared).leaks
    return _Seed(
        silent=all(one.verdict is LeakVerdict.CLEAR for one in clean),
        planted=[one.source for one in planted] == ["Follow Up Code"],
        agents={one.column for one in _agents(case, seen)} == set(_AGENTS),
    )


def _agents(case: UseCase, seen: Survey) -> tuple[ColumnFinding, ...]:
    """Leaks where what an agent types is declared as known at arrival."""
    return find_leaks(_declared(case, ARRIVAL), seen.table, ARRIVAL).leaks


def _declared(case: UseCase, moment: Moment) -> UseCase:
    columns = tuple(
        replace(column, known_from=moment) if column.name in _AGENTS else column
        for column in case.schema.columns
    )
    return replace(case, schema=replace(case.schema, columns=columns))


def _real(context: Context) -> Findings:
    say("  the real file")
    assert context.leads is not None
    with home(context.scratch / "surveyed") as runtime:
        seen = survey(context.use_case, runtime, source=context.leads, moment=CONTACTED)
    as_declared = find_leaks(context.use_case, seen.table, CONTACTED)
    rows = tuple(_row(one) for one in _agents(context.use_case, seen))
    began = time.process_time()
    leaks_among(context.use_case, seen.table.slice(0, _GATE_ROWS), CONTACTED)
    seconds = time.process_time() - began
    return Findings(
        data=f"The public X Education file ({seen.table.num_rows:,} leads).",
        tables=(
            Table(
                title="Leaks on the real file where agents' fields are declared for arrival",
                columns=("column", "AUC alone", "rows that a level decides", "odds where missing"),
                rows=rows,
            ),
        ),
        checks=(
            Check(figure="leaks found of the three", measured=len(rows), at_least=3, at_most=3),
            Check(figure="leaks of the use case as it is declared",
                  measured=len(as_declared.leaks), at_most=0),
            Check(figure=f"the gate on {_GATE_ROWS:,} rows", measured=round(seconds, 2),
                  unit="CPU-s", at_most=_GATE_SECONDS),
        ),
    )  # fmt: skip


def _row(found: ColumnFinding) -> tuple[Cell, ...]:
    seen = found.evidence
    odds = seen.filling.odds if seen.filling else None
    return (
        found.source,
        f"{seen.alone.value:.3f}",
        f"{seen.announcing + seen.excluding:.1%}",
        f"{odds.value:.2f} ({odds.low:.2f} to {odds.high:.2f})" if odds else None,
    )
