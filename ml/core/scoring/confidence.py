"""Says when a lead is unlike all that training saw, so that its score deserves less trust."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from ml.contract.cleaning import Value
from ml.contract.schema import Column
from ml.core.columns import day_number
from ml.core.scoring.reference import Reference
from ml.core.scoring.words import amount, level_words

Doubts = Callable[[Mapping[str, Value]], tuple[str, ...]]

#: How far beyond the training range a number may lie, as a share of that range.
MARGIN = 0.1


def doubts_about(columns: Sequence[Column], reference: Reference) -> Doubts:
    """A function from a clean record to the reasons to doubt its score; usually none.

    Parameters
    ----------
    columns : sequence of Column
        Columns that the model reads.
    reference : Reference
        What training saw of them.
    """
    levels = [
        (c, c.name, _seen(reference, c)) for c in columns if c.name in reference.levels
    ]  # fmt: skip
    numbers = [(c, c.name, *_limits(reference, c)) for c in columns if c.name in reference.numbers]

    def doubts(record: Mapping[str, Value]) -> tuple[str, ...]:
        found, get = [], record.get
        for column, name, seen in levels:
            if (level := get(name)) not in seen:
                found.append(
                    f"{column.label}: no lead in training had {level_words(column, level)}"
                )
        for column, name, low, high in numbers:
            number = get(name)
            if number is not None and not low <= _float(number) <= high:
                found.append(_beyond(column, number, reference))
        return tuple(found)

    return doubts


def _seen(reference: Reference, column: Column) -> frozenset[Value]:
    counts = reference.levels[column.name]
    seen: set[Value] = set(counts.levels)
    seen |= {word == "1" for word in ("0", "1") if word in counts.levels}
    return frozenset(seen | ({None} if counts.missing else set()))


def _limits(reference: Reference, column: Column) -> tuple[float, float]:
    known = reference.numbers[column.name]
    if known.low is None or known.high is None:
        return 1.0, 0.0  # never given in training: any number is new
    slack = MARGIN * (known.high - known.low)
    return known.low - slack, known.high + slack


def _float(value: Value) -> float:
    return day_number(value) if isinstance(value, date) else float(value or 0)


def _beyond(column: Column, number: Value, reference: Reference) -> str:
    known = reference.numbers[column.name]
    if known.low is None or known.high is None:
        return f"{column.label}: {amount(column, number)}; no lead in training had a value"
    low, high = amount(column, known.low), amount(column, known.high)
    return f"{column.label}: {amount(column, number)}; leads in training had {low} to {high}"
