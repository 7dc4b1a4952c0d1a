"""Training: every candidate alone, and the whole step."""

from __future__ import annotations

import time

from bench.context import USE_CASE, Context, say
from bench.processes import leadwise
from bench.results import Cell, Check, Findings, Table
from ml.contract.names import Estimator
from ml.core.selection import Examples, describe, fit

_SUITE_CPU_SECONDS, _RETRAIN_SECONDS = 25, 5


def measure(context: Context) -> Findings:
    """Fit seconds per candidate, and `leadwise step train` from start to end."""
    source = context.csv(context.size(9_240, 4_000))
    examples = Examples.of(context.clean(source), context.use_case, context.use_case.default_moment)
    rows = _candidates(context, examples)
    step = _step(context)
    retrain = next(row[1] for row in rows if str(row[0]).startswith(Estimator.LIGHTGBM))
    suite = sum(row[2] for row in rows if isinstance(row[2], float))
    assert isinstance(retrain, float)
    return Findings(
        data=f"{len(examples.outcome):,} synthetic leads (seed 1), moment engaged, two threads "
        "at most; the better of two fits.",
        tables=(
            Table(
                title="Candidates, encoding included",
                columns=("candidate", "seconds", "CPU seconds"),
                rows=(*rows, step),
            ),
        ),
        checks=(
            Check(figure="every candidate once", measured=round(suite, 2), unit="CPU s",
                  at_most=_SUITE_CPU_SECONDS),
            Check(figure="one LightGBM retrain", measured=round(retrain, 2), unit="s",
                  at_most=_RETRAIN_SECONDS),
        ),
        notes=(
            "The step fits every candidate on training rows, the best again on training and "
            "validation rows, then packages, checks, draws and registers it in MLflow; starting "
            "Python and importing is in its time.",
        ),
    )  # fmt: skip


def _candidates(context: Context, examples: Examples) -> list[tuple[Cell, ...]]:
    taken: dict[str, list[tuple[float, float]]] = {}
    for _ in range(2):
        for candidate in context.use_case.candidates:
            say(f"  fitting {describe(candidate)}")
            wall, cpu = time.perf_counter(), time.process_time()
            fit(candidate, examples, context.use_case, context.use_case.default_moment,
                seed=0, threads=2)  # fmt: skip
            spent = (time.perf_counter() - wall, time.process_time() - cpu)
            taken.setdefault(describe(candidate), []).append(spent)
    return [(name, *min(both)) for name, both in taken.items()]


def _step(context: Context) -> tuple[Cell, ...]:
    where = context.scratch / "training"
    options = (USE_CASE, "--home", where)
    source = context.csv(context.size(9_240, 4_000))
    leadwise("step", "ingest", *options, "--data", source)
    for step in ("clean", "check", "snapshot", "split"):
        leadwise("step", step, *options)
    usage = leadwise("step", "train", *options)
    return "`leadwise step train`, all of it", usage.seconds, usage.cpu_seconds
