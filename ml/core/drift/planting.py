"""Known shifts planted into rows, to see what a policy notices."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True, kw_only=True)
class Plant(ABC):
    """A change of one column in some of the rows.

    Parameters
    ----------
    column : str
        The column that changes.
    share : float, default=1.0
        Share of rows that change, 0 to 1; which ones is drawn.
    """

    column: str
    share: float = 1.0

    def into(self, table: pa.Table, random: np.random.Generator) -> pa.Table:
        """The rows with the change planted."""
        place = table.column_names.index(self.column)
        before = table[self.column]
        drawn = pa.array(random.random(table.num_rows) < self.share)
        changed = pc.if_else(drawn, self.changed(before), before)
        return table.set_column(place, self.column, changed)

    @abstractmethod
    def changed(self, values: pa.ChunkedArray) -> pa.ChunkedArray | pa.Scalar:
        """The values as they are once changed, of the same type."""


@dataclass(frozen=True, kw_only=True)
class Emptied(Plant):
    """Values go missing, as when a field breaks or a vendor stops.

    Examples
    --------
    >>> rows = pa.table({"score": [1.0, 2.0]})
    >>> Emptied(column="score").into(rows, np.random.default_rng(0))["score"].null_count
    2
    """

    def changed(self, values: pa.ChunkedArray) -> pa.Scalar:
        return pa.scalar(None, values.type)


@dataclass(frozen=True, kw_only=True)
class Replaced(Plant):
    """Rows take one value, such as a level that was never seen: a new campaign, a new source."""

    value: str | float

    def changed(self, values: pa.ChunkedArray) -> pa.Scalar:
        return pa.scalar(self.value, values.type)


@dataclass(frozen=True, kw_only=True)
class Scaled(Plant):
    """Numbers are multiplied, as when a unit changes or visits grow shorter."""

    factor: float

    def changed(self, values: pa.ChunkedArray) -> pa.ChunkedArray:
        return pc.multiply(values.cast(pa.float64()), self.factor).cast(values.type, safe=False)
