"""Evidence of a small scoring problem whose true odds are known, to be changed at will."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from ml.contract.investigation import Finding, Look
from ml.contract.modelling import DriftPolicy
from ml.contract.moments import ARRIVAL
from ml.core.investigating import Current, Evidence, Outcomes, Scored, Serving, investigate
from tests.support.training import VISITS

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
CASE = replace(VISITS, drift=DriftPolicy(minimum_rows=200))
SERVING = Serving(version="3", trained_at=NOW - timedelta(days=40), entries=4)


def chances(table: pa.Table) -> np.ndarray:
    """The true probability of each visit."""
    fair = np.array(table["origin"].to_pylist()) == "Fair"
    return 1 / (1 + np.exp(3 - table["minutes"].to_numpy() / 10 - fair))


def visits(rows: int, seed: int, *, days: int = 0) -> pa.Table:
    """Clean visits; with `days`, each has one, the newest at noon of NOW's day."""
    random = np.random.default_rng(seed)
    columns = {
        "visit": [f"v{seed}-{row}" for row in range(rows)],
        "minutes": random.gamma(2, 10, rows),
        "pages": random.integers(0, 9, rows),
        "origin": random.choice(["Web", "Fair"], rows).tolist(),
    }
    if days:
        back = np.arange(rows)[::-1] * days // rows
        columns["arrived_on"] = [NOW.date() - timedelta(days=int(day)) for day in back]
    return pa.table(columns)


def decided(table: pa.Table, seed: int, chance: np.ndarray | None = None) -> np.ndarray:
    """Outcomes that follow their chances."""
    random = np.random.default_rng([seed, 1])
    return (random.random(table.num_rows) < (chances(table) if chance is None else chance)).astype(
        float
    )


def with_outcome(table: pa.Table, seed: int) -> pa.Table:
    return table.append_column("won", pa.array(decided(table, seed).astype(np.int64)))


def outcomes(outcome: np.ndarray, **changes: object) -> Outcomes:
    facts = {
        "outcome": outcome,
        "known": np.full(len(outcome), np.nan),
        "named": len(outcome),
        "strange": 0,
        "contradicted": 0,
    }
    return Outcomes(**(facts | changes))


def evidence(
    *,
    rows: int = 4_000,
    seed: int = 5,
    spoil: Callable[[pa.Table], pa.Table] = lambda table: table,
    chance: Callable[[np.ndarray], np.ndarray] = lambda true: true,
    **changes: object,
) -> Evidence:
    """A sound model and sound leads, but for what is changed.

    `spoil` changes the columns once the outcome is decided, `chance` the odds of the outcome.
    """
    learnt, unlearnt = with_outcome(visits(4_000, 1), 1), with_outcome(visits(3_000, 2), 2)
    table = visits(rows, seed, days=200)
    happened = decided(table, seed, chance(chances(table)))
    shown = spoil(table)
    facts = {
        "use_case": CASE,
        "moment": ARRIVAL,
        "now": NOW,
        "current": Current(table=shown, day_column="arrived_on", received=shown.num_rows),
        "learnt": learnt,
        "unlearnt": unlearnt,
        "known_leads": frozenset(learnt["visit"].to_pylist()),
        "outcomes": outcomes(happened),
        "scored": Scored(
            before=chances(unlearnt), now=chances(table), importance={"minutes": 0.2, "origin": 0.1}
        ),
        "serving": SERVING,
    }
    return Evidence(**(facts | changes))


def causes(**changes: object) -> list[str]:
    return [one.cause for one in investigate(evidence(**changes)).causes]


def findings(check: Look, found: Evidence) -> list[Finding]:
    return [one for one in investigate(found).findings if one.check == check]


def finding(check: Look, found: Evidence) -> Finding:
    (only,) = findings(check, found)
    return only
