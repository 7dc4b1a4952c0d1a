"""Columns of Arrow tables as the arrays and counts that the comparison needs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.core.columns import Floats, numbers
from ml.core.drift.bins import Level

_NUMBERS = {Kind.NUMBER, Kind.INTEGER, Kind.DATE}


def is_number(column: Column) -> bool:
    """Whether a column is compared as a number; everything else is compared by its levels."""
    return column.kind in _NUMBERS


def number_values(table: pa.Table, column: Column) -> Floats:
    """A column's values, NaN where missing; a date as days, an absent column as all missing."""
    if column.name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    return numbers(table[column.name])


def level_counts(table: pa.Table, column: Column) -> dict[Level, int]:
    """Rows per level, `None` for missing; an absent column is all missing."""
    if column.name not in table.column_names:
        return {None: table.num_rows}
    counted: list[dict[str, Any]] = (
        table[column.name].unify_dictionaries().value_counts().to_pylist()
    )
    return {_word(pair["values"]): pair["counts"] for pair in counted}


def _word(level: object) -> Level:
    return None if level is None else str(level)


def sample_rows(table: pa.Table, limit: int, seed: int) -> pa.Table:
    """At most `limit` rows, drawn without replacement, in their order."""
    if table.num_rows <= limit:
        return table
    drawn = np.random.default_rng(seed).choice(table.num_rows, limit, replace=False)
    return table.take(pa.array(np.sort(drawn)))
