"""Golden rows: a few records whose predictions are known, to try a package before it is used."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ml.contract.cleaning import Value
from ml.contract.modelling import BinaryTask, Task
from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.core.columns import Floats, table_of
from ml.core.scoring.manifest import refusal

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

#: How many rows a package carries.
COUNT = 20

#: How far a prediction may lie from the recorded one.
TOLERANCE = 1e-6


@dataclass(frozen=True, kw_only=True)
class Golden:
    """Clean records and what the pipeline said of them."""

    records: tuple[Mapping[str, Value], ...]
    predictions: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data that `from_json` reads back to an equal value."""
        records = [{name: _plain(value) for name, value in row.items()} for row in self.records]
        return {"records": records, "predictions": self.predictions}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any], columns: Sequence[Column]) -> Golden:
        """The golden rows of plain data; KeyError, TypeError or ValueError if it is none."""
        records = tuple(
            {c.name: _value(record.get(c.name), c.kind) for c in columns}
            for record in plain["records"]
        )
        predictions = tuple(float(number) for number in plain["predictions"])
        if not records or len(records) != len(predictions):
            raise ValueError(f"{len(records)} golden rows with {len(predictions)} predictions")
        return cls(records=records, predictions=predictions)

    def check(
        self,
        columns: Sequence[Column],
        task: Task,
        *,
        one: Callable[[Mapping[str, Value]], float],
        many: Callable[[pa.Table], Floats],
    ) -> None:
        """Refuse a scorer that does not say what the pipeline said.

        Raises
        ------
        UntrustedPackage
            On a prediction that is not finite, outside a probability's range, the same for
            every row, or further than `TOLERANCE` from the recorded one, one by one or together.
        """
        single = np.array([one(record) for record in self.records])
        for seen in (single, many(table_of(self.records, columns))):
            _check_range(seen, task)
            gaps = np.abs(seen - np.array(self.predictions))
            if not (gaps <= TOLERANCE).all():
                at = int(np.argmax(gaps))
                raise refusal(
                    f"golden row {at} scores {float(seen[at])!r}, "
                    f"recorded was {self.predictions[at]!r}"
                )


def _check_range(seen: Floats, task: Task) -> None:
    if not np.isfinite(seen).all():
        raise refusal("a golden row scores NaN or infinity")
    if isinstance(task, BinaryTask) and not ((seen >= 0) & (seen <= 1)).all():
        strange = float(seen[(seen < 0) | (seen > 1)][0])
        raise refusal(f"a golden row scores {strange!r}, which is no probability")
    if np.ptp(seen) == 0:
        raise refusal(f"every golden row scores {float(seen[0])!r}: the model tells no leads apart")


def golden_of(frame: pd.DataFrame, columns: Sequence[Column], predictions: Floats) -> Golden:
    """Rows spread evenly over the predictions, from the lowest to the highest.

    Parameters
    ----------
    frame : DataFrame
        Rows as `feature_frame` gives them.
    columns : sequence of Column
        The frame's columns.
    predictions : ndarray of shape (n_rows,)
        What the pipeline says of them.
    """
    order = np.argsort(predictions, kind="stable")
    places = order[np.unique(np.linspace(0, len(order) - 1, COUNT).astype(int))]
    rows = frame.iloc[places].to_dict("records")
    records = tuple({c.name: _typed(row[c.name], c.kind) for c in columns} for row in rows)
    return Golden(records=records, predictions=tuple(predictions[places].tolist()))


def _typed(value: object, kind: Kind) -> Value:
    """A frame's cell as cleaning would have given it."""
    if value is None or isinstance(value, str):
        return value
    number = float(cast(float, value))
    if math.isnan(number):
        return None
    match kind:
        case Kind.YES_NO:
            return bool(number)
        case Kind.INTEGER:
            return int(number)
        case Kind.DATE:
            return date.fromordinal(date(1970, 1, 1).toordinal() + int(number))
        case _:
            return number


def _plain(value: Value) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _value(plain: Any, kind: Kind) -> Value:
    if plain is None:
        return None
    if kind is Kind.DATE:
        return date.fromisoformat(plain)
    return cast(Value, plain)
