"""Encodes one clean record: a few microseconds of plain Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import cast

from ml.contract.cleaning import Value
from ml.core.columns import day_number
from ml.core.scoring.plan import Number, Plan, Positions
from ml.core.scoring.yeo_johnson import yeo_johnson_one

Encode = Callable[[Mapping[str, Value]], list[float]]


def record_encoder(plan: Plan) -> Encode:
    """A function from a clean record to the row that the model takes.

    Everything that can be decided before a record is seen is decided here. The returned
    function shares nothing between calls, so threads may call it at once.

    Examples
    --------
    >>> plan = Plan(names=("visits",), base=(0.0,), lookups=(),
    ...             numbers=(Number(source="visits", to=0, mean=1.0),))
    >>> record_encoder(plan)({"visits": 5}), record_encoder(plan)({"visits": None})
    ([4.0], [0.0])
    """
    base = list(plan.base)
    lookups = [(part.source, _keyed(part.values), part.unknown) for part in plan.lookups]
    plain = [(part.source, part.to) for part in plan.numbers if _is_plain(part)]
    formulas = [(part.source, _formula(part)) for part in plan.numbers if not _is_plain(part)]

    def encode(record: Mapping[str, Value]) -> list[float]:
        row, get = base.copy(), record.get
        for source, levels, unknown in lookups:
            level = get(source)
            if level is not None:
                for position, value in levels.get(level, unknown):
                    row[position] = value
        for source, to in plain:
            number = get(source)
            if number is not None:
                row[to] = _float(number)
        for source, formula in formulas:
            number = get(source)
            if number is not None:
                formula(_float(number), row)
        return row

    return encode


def _keyed(values: Mapping[str, Positions]) -> dict[Value, Positions]:
    """Yes and no are spelt "1" and "0" in the plan; in a record they are True and False."""
    keyed: dict[Value, Positions] = dict(values.items())
    return keyed | {word == "1": values[word] for word in ("0", "1") if word in values}


def _is_plain(part: Number) -> bool:
    return part.power is None and (part.mean, part.scale) == (0.0, 1.0) and not part.present


def _float(value: Value) -> float:
    return day_number(value) if isinstance(value, date) else float(cast(float, value))


def _formula(part: Number) -> Callable[[float, list[float]], None]:
    to, power, mean, scale, present = part.to, part.power, part.mean, part.scale, part.present

    def formula(number: float, row: list[float]) -> None:
        moved = number if power is None else yeo_johnson_one(number, power)
        row[to] = (moved - mean) / scale
        for position, value in present:
            row[position] = value

    return formula
