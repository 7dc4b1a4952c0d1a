"""Compiles a fitted encoder into a plan, by asking it what it does to each value.

Probing needs no knowledge of how scikit-learn keeps what it learned: the encoder is shown
a row without values, then one row for each level of each column. Only the Yeo-Johnson
transform, a formula over all numbers, is read from the fitted transformer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.core.columns import Floats
from ml.core.scoring.plan import Lookup, Number, Plan, Positions

if TYPE_CHECKING:
    from sklearn.compose import ColumnTransformer

#: Cannot come out of cleaning, which lets no control character through.
_UNKNOWN = "\x00unknown"

_Parts = list[tuple[list[str], Any]]

_LEVELS = frozenset({Kind.CATEGORY, Kind.ORDINAL})


def compile_plan(encoder: ColumnTransformer, columns: Sequence[Column]) -> Plan:
    """The plan of a fitted encoder.

    Parameters
    ----------
    encoder : ColumnTransformer
        Fitted on the frame of `ml.core.features.feature_frame`.
    columns : sequence of Column
        The columns of that frame.
    """
    parts = [(list(names), part) for _, part, names in encoder.transformers_ if part != "drop"]
    read = [c for c in columns if any(c.name in names for names, _ in parts)]
    values = {c.name: _values(c, parts) for c in read}
    base, answers = _probe(encoder, columns, values)
    changes = {name: [_changes(base, row) for row in rows] for name, rows in answers.items()}
    lookups = [c for c in read if c.kind in _LEVELS or c.kind is Kind.YES_NO]
    return Plan(
        names=tuple(map(str, encoder.get_feature_names_out())),
        base=tuple(base.tolist()),
        lookups=tuple(_lookup(c, values[c.name], changes[c.name]) for c in lookups),
        numbers=tuple(_number(c, parts, answers[c.name], base) for c in read if c not in lookups),
    )


def _values(column: Column, parts: _Parts) -> list[Any]:
    """Values to show: every level and one unknown; no and yes; two numbers."""
    return [*_levels(column, parts), _UNKNOWN] if column.kind in _LEVELS else [0.0, 1.0]


def _levels(column: Column, parts: _Parts) -> list[str]:
    """Levels that the encoder knows, declared or learned."""
    learned: dict[str, None] = {}
    for names, part in parts:
        for step in _steps(part):
            if column.name in names and hasattr(step, "categories_"):
                found = step.categories_[names.index(column.name)]
                learned |= {level: None for level in found if isinstance(level, str)}
    return list(learned)


def _probe(
    encoder: ColumnTransformer, columns: Sequence[Column], values: Mapping[str, Sequence[Any]]
) -> tuple[Floats, dict[str, Floats]]:
    """The encoding of an empty row, and of each value alone in its column."""
    import pandas as pd

    count = 1 + sum(map(len, values.values()))
    cells = {c.name: _empty(c, count) for c in columns}
    ends = 1 + np.cumsum([len(shown) for shown in values.values()])
    for end, (name, shown) in zip(ends, values.items(), strict=True):
        cells[name][end - len(shown) : end] = shown
    # Without its dtype pandas would read None among texts as NaN, which is another value.
    frame = pd.DataFrame({name: pd.Series(c, dtype=c.dtype) for name, c in cells.items()})
    encoded = np.asarray(encoder.transform(frame), dtype=np.float64)
    rows = np.split(encoded[1:], ends[:-1] - 1)
    return encoded[0], dict(zip(values, rows, strict=True))


def _empty(column: Column, rows: int) -> npt.NDArray[Any]:
    return np.full(rows, None, dtype=object) if column.kind in _LEVELS else np.full(rows, np.nan)


def _changes(base: Floats, row: Floats) -> Positions:
    return tuple((int(at), float(row[at])) for at in np.flatnonzero(~_alike(row, base)))


def _alike(left: Floats, right: Floats) -> npt.NDArray[np.bool_]:
    return np.isclose(left, right, rtol=0, atol=0, equal_nan=True)


def _lookup(column: Column, shown: Sequence[Any], changes: Sequence[Positions]) -> Lookup:
    if column.kind is Kind.YES_NO:
        no, yes = changes
        return Lookup(source=column.name, values={"0": no, "1": yes}, unknown=())
    known = dict(zip(shown[:-1], changes[:-1], strict=True))
    return Lookup(source=column.name, values=known, unknown=changes[-1])


def _number(column: Column, parts: _Parts, answers: Floats, base: Floats) -> Number:
    """The formula of a column: one position follows its size, others follow its presence."""
    zero, one = answers
    to = int(np.flatnonzero(~_alike(zero, one))[0])
    names, part = next((names, part) for names, part in parts if column.name in names)
    power, mean, scale = _formula(part, names.index(column.name))
    present = tuple(pair for pair in _changes(base, zero) if pair[0] != to)
    return Number(source=column.name, to=to, power=power, mean=mean, scale=scale, present=present)


def _steps(part: Any) -> list[Any]:
    return [step for _, step in part.steps] if hasattr(part, "steps") else [part]


def _formula(part: Any, index: int) -> tuple[float | None, float, float]:
    """Lambda, mean and scale of one column; sklearn keeps the scaler of a power step to itself."""
    power = next((step for step in _steps(part) if hasattr(step, "lambdas_")), None)
    if power is None:
        return None, 0.0, 1.0
    scaler = power._scaler
    return float(power.lambdas_[index]), float(scaler.mean_[index]), float(scaler.scale_[index])
