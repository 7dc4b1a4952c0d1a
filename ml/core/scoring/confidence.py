"""Says when a lead is unlike all that training saw, so that its score deserves less trust."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ml.contract.cleaning import Value
from ml.contract.schema import Column
from ml.core.columns import coded_levels, day_number, numbers
from ml.core.scoring.reference import Reference
from ml.core.scoring.words import amount, level_words

#: How far beyond the training range a number may lie, as a share of that range.
MARGIN = 0.1


class Doubts:
    """Reasons to doubt a score: levels that training never saw, numbers far beyond its range.

    Parameters
    ----------
    columns : sequence of Column
        Source columns that the model reads.
    reference : Reference
        What training saw of them.
    """

    def __init__(self, columns: Sequence[Column], reference: Reference) -> None:
        self._reference = reference
        self._levels = [(c, _seen(reference, c)) for c in columns if c.name in reference.levels]
        self._numbers = [
            (c, *_limits(reference, c)) for c in columns if c.name in reference.numbers
        ]
        self.about = self._prepared()

    def _prepared(self) -> Callable[[Mapping[str, Value]], tuple[str, ...]]:
        """A function from a clean record to its doubts; usually none, so that is the fast case."""
        levels = [(column.name, seen, column) for column, seen in self._levels]
        limits = [(column.name, low, high, column) for column, low, high in self._numbers]

        def about(record: Mapping[str, Value]) -> tuple[str, ...]:
            get, found = record.get, []
            for name, seen, column in levels:
                if (level := get(name)) not in seen:
                    found.append(self._unseen(column, level))
            for name, low, high, column in limits:
                number = get(name)
                if number is not None and not low <= _float(number) <= high:
                    found.append(self._beyond(column, number))
            return tuple(found)

        return about

    def about_rows(self, table: pa.Table | pa.RecordBatch) -> list[tuple[str, ...]]:
        """Doubts of every clean row; rows without any cost next to nothing."""
        found: list[tuple[str, ...]] = [()] * table.num_rows
        places = np.flatnonzero(self._odd(table))
        if len(places):
            records = (
                table.select([*map(_name, self._levels), *map(_name, self._numbers)])
                .take(pa.array(places))
                .to_pylist()
            )
            for place, record in zip(places.tolist(), records, strict=True):
                found[place] = self.about(record)
        return found

    def _odd(self, table: pa.Table | pa.RecordBatch) -> npt.NDArray[np.bool_]:
        odd = np.zeros(table.num_rows, dtype=bool)
        for column, seen in self._levels:
            levels, codes = coded_levels(table[column.name])
            odd |= np.array([level not in seen for level in (*levels, None)])[codes]
        for column, low, high in self._numbers:
            values = numbers(table[column.name])
            odd |= (values < low) | (values > high)
        return odd

    def _unseen(self, column: Column, level: Value) -> str:
        return f"{column.label}: no lead in training had {_quoted(column, level)}"

    def _beyond(self, column: Column, number: Value) -> str:
        known = self._reference.numbers[column.name]
        if known.low is None or known.high is None:
            return f"{column.label}: {amount(column, number)}; no lead in training had a value"
        low, high = amount(column, known.low), amount(column, known.high)
        return f"{column.label}: {amount(column, number)}; leads in training had {low} to {high}"


def _name(part: tuple[Column, Any] | tuple[Column, Any, Any]) -> str:
    return part[0].name


def _quoted(column: Column, level: Value) -> str:
    return "no value here" if level is None else f"'{level_words(column, level)}'"


def _seen(reference: Reference, column: Column) -> frozenset[Value]:
    counts = reference.levels[column.name]
    seen: set[Value] = set(counts.levels)
    seen |= {word == "1" for word in ("0", "1") if word in counts.levels}
    return frozenset(seen | ({None} if counts.missing else set()))


def _limits(reference: Reference, column: Column) -> tuple[float, float]:
    known = reference.numbers[column.name]
    if known.low is None or known.high is None:
        return np.inf, -np.inf  # never given in training: any number is new
    slack = MARGIN * (known.high - known.low)
    return known.low - slack, known.high + slack


def _float(value: Value) -> float:
    return day_number(value) if isinstance(value, date) else float(value or 0)
