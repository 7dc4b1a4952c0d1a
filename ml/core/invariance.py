"""Things that must not matter to a score, tried on a packaged model with real rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ml.contract.names import Kind, Role
from ml.contract.schema import Column
from ml.contract.steady import Steady
from ml.core.columns import Floats
from ml.core.scoring import Scorer

#: Rows that are tried; more find rarer trouble.
_ROWS = 500

#: Steps of one number that are tried, at most.
_STEPS = 100

#: Predictions that lie so close are equal: threads may add up in another order.
_EQUAL = 1e-9

_BOOKKEEPING = (Role.ID, Role.ORDER, Role.TARGET)


@dataclass(frozen=True, kw_only=True)
class Invariance:
    """One thing that was tried.

    Parameters
    ----------
    name : str
        What must not matter, in a few words.
    figure : float
        Points on the 0-100 scale by which it moved a score, at most.
    at_most : float
        Points that it may.
    sentence : str
        What was seen.
    """

    name: str
    figure: float
    at_most: float
    sentence: str

    @property
    def passed(self) -> bool:
        """Whether the model keeps to it."""
        return self.figure <= self.at_most


def invariances(scorer: Scorer, rows: pa.Table, *, seed: int = 0) -> tuple[Invariance, ...]:
    """What must not matter to a model's scores, and how far it does.

    Parameters
    ----------
    scorer : Scorer
        The package.
    rows : Table
        Clean rows with ids and outcome; some hundred of them are tried.
    seed : int, default=0
        Chooses and shuffles them.
    """
    order = np.random.default_rng(seed).permutation(rows.num_rows)[:_ROWS]
    tried = _Tried(scorer, rows.take(pa.array(order)))
    return (tried.order(seed), tried.bookkeeping(), *tried.directions(), *tried.steps())


class _Tried:
    """Rows, and what the model says of them."""

    def __init__(self, scorer: Scorer, rows: pa.Table) -> None:
        self._scorer, self._rows = scorer, rows
        self._said = self._points(rows)

    def _points(self, rows: pa.Table) -> Floats:
        return self._scorer.points(self._scorer.predict(rows))

    def order(self, seed: int) -> Invariance:
        turned = np.random.default_rng(seed).permutation(self._rows.num_rows)
        moved = np.abs(self._points(self._rows.take(pa.array(turned))) - self._said[turned])
        return _result("order of rows", moved, "another order of rows moves scores")

    def bookkeeping(self) -> Invariance:
        """Ids, order and outcome, each given to other rows."""
        names = [
            column.name
            for role in _BOOKKEEPING
            for column in self._scorer.use_case.schema.with_role(role)
            if column.name in self._rows.column_names
        ]
        other, rows = pa.array(np.roll(np.arange(self._rows.num_rows), 1)), self._rows
        for name in names:
            rows = _with(rows, name, self._rows[name].take(other))
        moved = np.abs(self._points(rows) - self._said)
        return _result("ids and outcome", moved, f"other {', '.join(names)} move scores")

    def directions(self) -> Iterator[Invariance]:
        """Columns that are declared monotone, a step up in each."""
        for column in self._scorer.columns:
            if column.monotone and column.name in self._rows.column_names:
                moved = column.monotone * (self._said_after(column) - self._said_before(column))
                raises = "lowers" if column.monotone > 0 else "raises"
                yield _result(
                    f"{column.label} never {raises} a score",
                    np.maximum(-moved, 0),
                    f"{column.label}: a higher value {raises} scores",
                )

    def _said_before(self, column: Column) -> Floats:
        if column.kind is Kind.YES_NO:
            return self._points(_with(self._rows, column.name, _all(self._rows, False)))
        return self._said

    def _said_after(self, column: Column) -> Floats:
        values = self._rows[column.name]
        if column.kind is Kind.YES_NO:
            return self._points(_with(self._rows, column.name, _all(self._rows, True)))
        raised = pc.add(values, pa.scalar(self._span(column.name) / _STEPS, pa.float64()))
        return self._points(_with(self._rows, column.name, raised))

    def steps(self) -> Iterator[Invariance]:
        """Numbers that are to be steady, in steps over the range that training saw."""
        known = self._scorer.reference.numbers
        for steady in self._scorer.use_case.steady:
            if steady.column in known and known[steady.column].high is not None:
                yield self._steps(steady)

    def _steps(self, steady: Steady) -> Invariance:
        column = self._scorer.use_case.schema[steady.column]
        low = self._scorer.reference.numbers[steady.column].low or 0.0
        count = min(_STEPS, int(self._span(steady.column) / steady.step))
        said = [self._points(self._at(column, low + at * steady.step)) for at in range(count + 1)]
        moved = np.abs(np.diff(said, axis=0))
        step = f"{steady.step:g} {column.unit}".rstrip()
        return _result(
            f"{column.label} is steady",
            moved,
            f"{column.label}: {step} more move scores",
            at_most=steady.most_points,
        )

    def _at(self, column: Column, value: float) -> pa.Table:
        values = pa.array(np.full(self._rows.num_rows, value))
        return _with(self._rows, column.name, values)

    def _span(self, name: str) -> float:
        known = self._scorer.reference.numbers[name]
        return (known.high or 0.0) - (known.low or 0.0)


def _result(name: str, moved: Floats, says: str, *, at_most: float = _EQUAL) -> Invariance:
    figure = float(np.max(moved, initial=0.0))
    sentence = f"{says} by {figure:.3g} points at most"
    return Invariance(name=name, figure=figure, at_most=at_most, sentence=sentence)


def _with(rows: pa.Table, name: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    return rows.set_column(rows.column_names.index(name), name, values)


def _all(rows: pa.Table, value: bool) -> pa.Array:
    return pa.array(np.full(rows.num_rows, value))
