"""Exploration: what a file holds, before anything is learnt from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ml.contract.moments import Moment
from ml.contract.records import RowCount
from ml.contract.schema import Column
from ml.contract.use_case import UseCase
from ml.core.coding import coded
from ml.core.exploring.columns import ColumnView, column_view
from ml.core.exploring.missing import MissingView, missing_view
from ml.core.exploring.outcome import Outcome
from ml.core.exploring.over_time import TimeView, time_view
from ml.core.exploring.pairs import Pair, pairs
from ml.core.leakage import LeakageReport, find_leaks


@dataclass(frozen=True, kw_only=True)
class HeldBack:
    """Why rows are in quarantine: one reason, and in how many rows it stands."""

    column: str
    rule: str
    rows: int
    example: str


@dataclass(frozen=True, kw_only=True)
class Exploration:
    """What was found.

    Parameters
    ----------
    rows : RowCount
        Where every row of the file went.
    held_back : tuple of HeldBack
        Reasons of the quarantine, the commonest first.
    outcome : Outcome
    columns : tuple of ColumnView
        Features in schema order, then what the use case does not declare.
    missing : MissingView
    pairs : tuple of Pair
        The strongest first.
    over_time : TimeView or None
        None where nothing orders the rows.
    leakage : LeakageReport
    """

    rows: RowCount
    held_back: tuple[HeldBack, ...]
    outcome: Outcome
    columns: tuple[ColumnView, ...]
    missing: MissingView
    pairs: tuple[Pair, ...]
    over_time: TimeView | None
    leakage: LeakageReport


def explore(
    use_case: UseCase,
    table: pa.Table,
    moment: Moment,
    *,
    rows: RowCount,
    held_back: pa.Table,
    undeclared: Sequence[Column] = (),
    seed: int = 0,
) -> Exploration:
    """Look at clean rows from every side.

    Parameters
    ----------
    use_case : UseCase
        Whose columns they are.
    table : pyarrow.Table
        Clean rows with the outcome.
    moment : Moment
        Columns that a model for this moment reads.
    rows : RowCount
        Where every row of the file went.
    held_back : pyarrow.Table
        The quarantine: one row per fault.
    undeclared : sequence of Column, default=()
        Further columns of the table.
    seed : int, default=0
        Of samples and folds.

    Raises
    ------
    UsageError
        If the moment has no column with a value, or rows lack an outcome.
    TooFewOutcomes
        If there are too few rows of an outcome.
    """
    leakage = find_leaks(use_case, table, moment, undeclared=undeclared, seed=seed)
    outcome = Outcome.of(table, use_case)
    columns = [*use_case.schema.features(moment), *undeclared]
    codes = [coded(table, column) for column in columns]
    named = [(column.source, one) for column, one in zip(columns, codes, strict=True)]
    return Exploration(
        rows=rows,
        held_back=_reasons(held_back),
        outcome=outcome,
        columns=tuple(
            column_view(column, one, outcome, declared=column not in undeclared)
            for column, one in zip(columns, codes, strict=True)
        ),
        missing=missing_view(named, outcome),
        pairs=tuple(pairs(named, seed=seed)),
        over_time=time_view(table, use_case.schema, named, outcome),
        leakage=leakage,
    )


def _reasons(held_back: pa.Table) -> tuple[HeldBack, ...]:
    if not held_back.num_rows:
        return ()
    grouped = held_back.group_by(["column", "rule"]).aggregate(
        [("line_number", "count_distinct"), ("message", "min")]
    )
    order = pc.sort_indices(grouped, [("line_number_count_distinct", "descending")])
    return tuple(
        HeldBack(
            column=row["column"] or "",
            rule=row["rule"],
            rows=row["line_number_count_distinct"],
            example=row["message_min"],
        )
        for row in grouped.take(order).to_pylist()
    )
