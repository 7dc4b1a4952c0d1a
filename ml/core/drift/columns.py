"""How each column differs from its reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from ml.contract.modelling import DriftPolicy
from ml.contract.records import ColumnBin, ColumnDrift
from ml.contract.schema import Column
from ml.core.drift.bins import Binned, bins_at, bins_of, level_groups, quantile_edges
from ml.core.drift.false_alarms import adjusted
from ml.core.drift.pictures import level_picture, number_picture
from ml.core.drift.psi import psi_of_counts
from ml.core.drift.tables import is_number, level_counts, number_values, sample_rows
from ml.core.drift.two_sample import Outcome, Test, chi_square, kolmogorov_smirnov

TEST_ROWS = 100_000
"""Rows per side that Kolmogorov-Smirnov reads. With them it sees distances from .008 on, far below
any that reaches a PSI of 0.1; sorting more rows would cost time and change no decision."""


def compare_columns(
    reference: pa.Table, current: pa.Table, columns: Sequence[Column], policy: DriftPolicy
) -> tuple[ColumnDrift, ...]:
    """One record per column: test, effect, and whether both say that it drifted.

    Parameters
    ----------
    reference, current : Table
        Cleaned rows, at least one each. All rows enter PSI and chi-square; Kolmogorov-Smirnov
        reads a seeded sample of `TEST_ROWS` on each side.
    columns : sequence of Column
        Columns to compare; one that a table lacks counts as all missing.
    policy : DriftPolicy
        A column drifted if its adjusted p-value is below `false_discovery_rate` and its PSI is at
        least `psi_alarm`.

    Returns
    -------
    tuple of ColumnDrift
        In the order of `columns`; `p_value` is the adjusted one.

    Examples
    --------
    >>> from ml.contract.names import Kind
    >>> visits = Column(name="visits", source="Visits", kind=Kind.INTEGER)
    >>> before, now = pa.table({"visits": [1, 2, 3] * 100}), pa.table({"visits": [9] * 300})
    >>> compare_columns(before, now, [visits], DriftPolicy())[0].drifted
    True
    """
    sampled = sample_rows(reference, TEST_ROWS, 0), sample_rows(current, TEST_ROWS, 1)
    found = [_compare((reference, current), sampled, column) for column in columns]
    p_values = adjusted([drift.p_value for drift in found])
    return tuple(_judged(drift, p, policy) for drift, p in zip(found, p_values, strict=True))


Sides = tuple[pa.Table, pa.Table]


def _compare(sides: Sides, sampled: Sides, column: Column) -> ColumnDrift:
    if is_number(column):
        before, now = (number_values(side, column) for side in sides)
        edges = quantile_edges(before[~np.isnan(before)])
        binned, test = bins_at(before, now, edges), Test.KOLMOGOROV_SMIRNOV
        whole = sampled[0] is sides[0] and sampled[1] is sides[1]
        tested = (before, now) if whole else tuple(number_values(side, column) for side in sampled)
        outcome = kolmogorov_smirnov(tested[0], tested[1])
        picture = number_picture(binned, edges, column.kind)
    else:
        old, new = (level_counts(side, column) for side in sides)
        groups = level_groups(old, new)
        binned, test = bins_of(old, new, groups), Test.CHI_SQUARE
        outcome, picture = chi_square(binned), level_picture(binned, groups)
    return _record(column, test, outcome, binned, picture)


def _record(
    column: Column, test: Test, outcome: Outcome, binned: Binned, picture: tuple[ColumnBin, ...]
) -> ColumnDrift:
    missing_before, missing_now = (float(side[-1] / side.sum()) for side in binned)
    return ColumnDrift(
        column=column.name,
        test=test,
        statistic=outcome.statistic,
        p_value=outcome.p_value,
        psi=psi_of_counts(binned),
        missing_change=missing_now - missing_before,
        drifted=False,
        bins=picture,
    )


def _judged(drift: ColumnDrift, p_value: float, policy: DriftPolicy) -> ColumnDrift:
    drifted = p_value < policy.false_discovery_rate and drift.psi >= policy.psi_alarm
    return replace(drift, p_value=p_value, drifted=drifted)
