"""What a packaged scorer looks at, as a picture."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.core.columns import numbers
from ml.core.plots import contributions_plot
from ml.core.scoring import Scorer

Floats = NDArray[np.float64]

#: Dots enough to see the shape; a forest takes some ten milliseconds for each.
_ROWS = 500


def importance_plot(scorer: Scorer, table: pa.Table, *, seed: int = 0) -> bytes:
    """How far each column moves the scores of clean rows; at most the first 500.

    Parameters
    ----------
    scorer : Scorer
        Whose contributions to show.
    table : pyarrow.Table
        Clean rows.
    seed : int, default=0
        Seed of the dots' scatter.

    Returns
    -------
    bytes
        A PNG.
    """
    rows = table.slice(0, _ROWS)
    by_column, _ = scorer.contributions(rows)
    columns = {name: scorer.use_case.schema[name] for name in by_column}
    moved = {_words(columns[name]): values for name, values in by_column.items()}
    ranked = {
        _words(column): values
        for name, column in columns.items()
        if (values := _ranked(column, rows[name])) is not None
    }
    return contributions_plot(moved, ranked, seed=seed)


def _words(column: Column) -> str:
    """The label, told apart where a column and its groups share it."""
    return f"{column.label} (group)" if column.name.endswith("_group") else column.label


def _ranked(column: Column, values: pa.ChunkedArray) -> Floats | None:
    """Values that run from low to high; None for categories, which do not."""
    if column.kind is Kind.ORDINAL:
        place = {level: float(at) for at, level in enumerate(column.levels)}
        return np.array([place.get(level, np.nan) for level in values.to_pylist()])
    return None if column.kind is Kind.CATEGORY else numbers(values)
