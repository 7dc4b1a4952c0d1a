"""What a packaged scorer looks at, as a table and as a picture."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ml.contract.names import Kind
from ml.contract.schema import Column, Schema
from ml.core.columns import numbers
from ml.core.plots import contributions_plot
from ml.core.scoring import Scorer

Floats = NDArray[np.float64]

#: Dots enough to see the shape; a forest takes some ten milliseconds for each.
_ROWS = 500


@dataclass(frozen=True, kw_only=True)
class Importance:
    """What a scorer looks at.

    Parameters
    ----------
    weights : dict of str to float
        Per column, how far it moves a score on average, whichever way; the largest first. In
        log-odds, or in points of a rating.
    picture : bytes
        Each row's contributions, as a PNG.
    """

    weights: dict[str, float]
    picture: bytes

    def files(self, schema: Schema) -> dict[str, bytes]:
        """Picture and table, by file name."""
        return {
            "importance.png": self.picture,
            "importance.json": json.dumps(self.weights, indent=1).encode(),
            "importance.csv": self._csv(schema),
        }

    def _csv(self, schema: Schema) -> bytes:
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(("column", "label", "concept", "mean_contribution"))
        for name, weight in self.weights.items():
            column = schema[name]
            rows.writerow((name, _words(column), column.concept, repr(weight)))
        return text.getvalue().encode()


def importance(scorer: Scorer, table: pa.Table, *, seed: int = 0) -> Importance:
    """How far each column moves the scores of clean rows; at most the first 500.

    Parameters
    ----------
    scorer : Scorer
        Whose contributions count.
    table : pyarrow.Table
        Clean rows.
    seed : int, default=0
        Seed of the dots' scatter in the picture.
    """
    rows = table.slice(0, _ROWS)
    by_column, _ = scorer.contributions(rows)
    weights = {name: float(np.abs(values).mean()) for name, values in by_column.items()}
    ranked = dict(sorted(weights.items(), key=lambda item: -item[1]))
    return Importance(weights=ranked, picture=_picture(scorer, rows, by_column, seed))


def _picture(scorer: Scorer, rows: pa.Table, by_column: Mapping[str, Floats], seed: int) -> bytes:
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
