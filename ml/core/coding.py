"""Columns as codes: each level, each range of a number and "missing" is a place of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.core.columns import coded_levels, numbers
from ml.core.drift.bins import quantile_edges

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Ranges of equal mass into which numbers are cut: enough to see any shape, no order assumed.
_RANGES = 20
_NUMBERS = {Kind.NUMBER, Kind.INTEGER, Kind.DATE}
_ANSWERS = {"0": "No", "1": "Yes"}


@dataclass(frozen=True, kw_only=True)
class Coded:
    """A column as codes.

    Parameters
    ----------
    name : str
        Of the column.
    codes : ndarray of shape (n_rows,)
        Place of each row's level among the labels; missing rows have the last place.
    labels : tuple of str
        Words for every place but the last.
    values : ndarray of shape (n_rows,) or None
        A number's own values, NaN where missing; None for levels.
    """

    name: str
    codes: Codes
    labels: tuple[str, ...]
    values: Floats | None = None

    @cached_property
    def missing(self) -> Flags:
        """Whether each row has no value."""
        missing: Flags = self.codes == len(self.labels)
        return missing

    @property
    def missing_share(self) -> float:
        """Share of rows without a value."""
        return float(np.mean(self.missing))

    def counts(self, weights: Floats | Flags | None = None) -> Floats:
        """Rows, or their weights, per place; missing last."""
        places = len(self.labels) + 1
        return np.bincount(self.codes, weights=weights, minlength=places).astype(np.float64)


def coded(table: pa.Table, column: Column) -> Coded:
    """A column of a clean table as codes; one that the table lacks is all missing.

    Examples
    --------
    >>> answer = Column(name="answer", source="Answer", kind=Kind.YES_NO)
    >>> found = coded(pa.table({"answer": pa.array([True, None, False])}), answer)
    >>> found.codes.tolist(), found.labels
    ([0, 2, 1], ('Yes', 'No'))
    """
    if column.name not in table.column_names:
        return Coded(name=column.name, codes=np.zeros(table.num_rows, np.int64), labels=())
    if column.kind in _NUMBERS:
        return _ranges(column, numbers(table[column.name]))
    levels, codes = coded_levels(table[column.name])
    words = [_ANSWERS[level] for level in levels] if column.kind is Kind.YES_NO else levels
    return Coded(name=column.name, codes=codes, labels=tuple(words))


def _ranges(column: Column, values: Floats) -> Coded:
    missing = np.isnan(values)
    known = values[~missing]
    edges = quantile_edges(known, _RANGES)
    used, places = np.unique(np.searchsorted(edges, known, side="right"), return_inverse=True)
    codes = np.full(len(values), len(used), np.int64)
    codes[~missing] = places
    labels = _range_labels(column.kind, known, places, len(used))
    return Coded(name=column.name, codes=codes, labels=labels, values=values)


def _range_labels(kind: Kind, known: Floats, places: Codes, ranges: int) -> tuple[str, ...]:
    """The least and the largest value of each range; one value stands for itself."""
    low, high = np.full(ranges, np.inf), np.full(ranges, -np.inf)
    np.minimum.at(low, places, known)
    np.maximum.at(high, places, known)
    write = value_writer(kind)
    pairs = zip(map(write, low), map(write, high), strict=True)
    return tuple(first if first == last else f"{first} to {last}" for first, last in pairs)


def value_writer(kind: Kind) -> Callable[[float], str]:
    """Numbers, or days since 1970, as people read them."""
    if kind is Kind.DATE:
        return lambda days: f"{datetime.fromtimestamp(0, UTC) + timedelta(days=days):%Y-%m-%d}"
    return lambda value: f"{value:,.0f}" if value == round(value) else f"{value:,.4g}"
