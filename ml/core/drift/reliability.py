"""How often a policy cries wolf, and how often it sees the wolf: measured, not promised."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ml.contract.errors import UsageError
from ml.contract.modelling import DriftPolicy
from ml.contract.names import DriftState
from ml.contract.schema import Column
from ml.core.columns import Floats
from ml.core.drift.model_view import ModelView
from ml.core.drift.planting import Plant
from ml.core.drift.verdict import Judgement, judge

Score = Callable[[pa.Table], Floats]


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Shares of repetitions, 0 to 1.

    Parameters
    ----------
    asked : float
        In which a retrain was asked for.
    noticed : float
        In which at least one column counted as drifted.
    """

    asked: float
    noticed: float


def false_alarm_rate(
    reference: pa.Table,
    policy: DriftPolicy,
    *,
    columns: Sequence[Column],
    rows: int,
    repetitions: int,
    seed: int,
    score: Score | None = None,
) -> float:
    """Share of false retrain requests when nothing has changed.

    Parameters
    ----------
    reference : Table
        Cleaned rows of one distribution.
    policy : DriftPolicy
        The policy to try.
    columns : sequence of Column
        Columns to compare.
    rows : int
        Rows of each window; they are drawn from the reference and compared with the others.
    repetitions : int
        Windows to draw; n without an alarm say that the rate is below 3 / n (95 %).
    seed : int
        Same seed, same windows.
    score : callable or None, default=None
        Scores of a table's rows, to try prediction drift as well.

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    UsageError
        If the reference is too small for windows of so many rows.
    """
    return rates(
        reference, policy, columns=columns, rows=rows, repetitions=repetitions, seed=seed,
        score=score,
    ).asked  # fmt: skip


def rates(
    reference: pa.Table,
    policy: DriftPolicy,
    *,
    columns: Sequence[Column],
    rows: int,
    repetitions: int,
    seed: int,
    plants: Sequence[Plant] = (),
    score: Score | None = None,
) -> Rates:
    """What a policy says of windows drawn from the reference, with shifts planted into them.

    Parameters
    ----------
    plants : sequence of Plant, default=()
        Shifts to plant into each window: the rates are then the power against them. Without any
        they are the false alarms.
    reference, policy, columns, rows, repetitions, seed, score
        As for `false_alarm_rate`.
    """
    windows = drawn_windows(reference, policy, rows, repetitions, seed)
    judged = [
        _judged(rest, planted(window, plants, seed + n), policy, columns, score)
        for n, (rest, window) in enumerate(windows)
    ]
    return Rates(
        asked=float(np.mean([one.state is DriftState.DRIFTED for one in judged])),
        noticed=float(np.mean([any(drift.drifted for drift in one.columns) for one in judged])),
    )


def drawn_windows(
    reference: pa.Table, policy: DriftPolicy, rows: int, repetitions: int, seed: int
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Windows drawn from rows of one distribution, each after the rows that it leaves.

    Raises
    ------
    UsageError
        If the reference is too small for windows of so many rows.
    """
    most = reference.num_rows - policy.minimum_rows
    if not policy.minimum_rows <= rows <= most or repetitions < 1:
        raise UsageError(
            f"{repetitions} windows of {rows} rows from {reference.num_rows}: expected 1 or more "
            f"windows of {policy.minimum_rows} to {most} rows; pass more reference rows"
        )
    for n in range(repetitions):
        order = np.random.default_rng([seed, n]).permutation(reference.num_rows)
        yield tuple(
            reference.take(pa.array(np.sort(part))) for part in (order[rows:], order[:rows])
        )


def planted(window: pa.Table, plants: Sequence[Plant], seed: int) -> pa.Table:
    """A window with every shift planted into it."""
    random = np.random.default_rng(seed)
    for plant in plants:
        window = plant.into(window, random)
    return window


def _judged(
    rest: pa.Table,
    window: pa.Table,
    policy: DriftPolicy,
    columns: Sequence[Column],
    score: Score | None,
) -> Judgement:
    model = ModelView(reference=score(rest), current=score(window)) if score else None
    return judge(rest, window, columns=columns, policy=policy, model=model)


def reliability_table(
    reference: pa.Table,
    policy: DriftPolicy,
    *,
    columns: Sequence[Column],
    shifts: Mapping[str, Sequence[Plant]],
    windows: Sequence[int] = (200, 500, 2_000),
    repetitions: int = 40,
    seed: int = 0,
) -> str:
    """False alarms and power per window size, as a Markdown table.

    Parameters
    ----------
    shifts : mapping of str to sequence of Plant
        Shifts to try, by a name for people; an empty sequence plants nothing.
    windows : sequence of int, default=(200, 500, 2000)
        Rows per window.
    reference, policy, columns, repetitions, seed
        As for `false_alarm_rate`.
    """
    lines = ["| planted | rows | a column noticed | retrain asked |", "|---|---|---|---|"]
    for name, plants in shifts.items():
        for rows in windows:
            found = rates(
                reference, policy, columns=columns, rows=rows, repetitions=repetitions, seed=seed,
                plants=plants,
            )  # fmt: skip
            lines.append(f"| {name} | {rows} | {found.noticed:.3f} | {found.asked:.3f} |")
    return "\n".join(lines)
