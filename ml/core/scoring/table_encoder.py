"""Encodes many clean rows at once: a few array operations per column."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ml.contract.errors import UsageError
from ml.core.columns import Floats, coded_levels, numbers
from ml.core.scoring.plan import Lookup, Number, Plan
from ml.core.scoring.yeo_johnson import yeo_johnson

#: Rows that are encoded at once: arrays of this length fit the processor's caches.
CHUNK_ROWS = 32_768


class TableEncoder:
    """From clean rows to the matrix that the model takes.

    Parameters
    ----------
    plan : Plan
        What to do to each column.
    """

    def __init__(self, plan: Plan) -> None:
        self._base = np.array(plan.base, dtype=np.float64)
        self._sources = plan.sources
        self._lookups = [_LookupTable(lookup, self._base) for lookup in plan.lookups]
        self._numbers = plan.numbers

    def batches(self, table: pa.Table | pa.RecordBatch) -> Iterator[Floats]:
        """Matrices of at most `CHUNK_ROWS` rows each: memory stays flat however long the table."""
        for start in range(0, table.num_rows, CHUNK_ROWS):
            yield self.encode(table.slice(start, CHUNK_ROWS))

    def encode(self, table: pa.Table | pa.RecordBatch) -> Floats:
        """The matrix of shape (n_rows, n_positions).

        Raises
        ------
        UsageError
            Naming every column that the table lacks.
        """
        absent = [name for name in self._sources if name not in table.schema.names]
        if absent:
            raise UsageError(
                f"the table lacks {absent}, which the model reads; pass a cleaned table"
            )
        # Column by column: every write below, and a model's every read, is then of one run.
        matrix = np.empty((table.num_rows, len(self._base)), order="F")
        matrix[:] = self._base
        for lookup in self._lookups:
            lookup.fill(matrix, table[lookup.source])
        for part in self._numbers:
            _fill_number(matrix, part, numbers(table[part.source]))
        return matrix


class _LookupTable:
    """A lookup whose levels are rows of a small matrix: known ones, unknown, missing."""

    def __init__(self, lookup: Lookup, base: Floats) -> None:
        self.source, self._positions = lookup.source, list(lookup.positions)
        self._place = {level: place for place, level in enumerate(lookup.values)}
        rows = [dict(pairs) for pairs in (*lookup.values.values(), lookup.unknown, ())]
        defaults = [(position, float(base[position])) for position in self._positions]
        self._rows = np.array([[row.get(p, d) for p, d in defaults] for row in rows]).reshape(
            len(rows), len(defaults)
        )
        self._unknown, self._missing = len(rows) - 2, len(rows) - 1

    def fill(self, matrix: Floats, column: pa.ChunkedArray | pa.Array) -> None:
        places = self._places(column)
        for at, position in enumerate(self._positions):
            matrix[:, position] = self._rows[:, at][places]

    def _places(self, column: pa.ChunkedArray | pa.Array) -> npt.NDArray[np.int64]:
        levels, codes = coded_levels(column)
        places = [self._place.get(level, self._unknown) for level in levels]
        return np.array([*places, self._missing], dtype=np.int64)[codes]


def _fill_number(matrix: Floats, part: Number, values: Floats) -> None:
    there = ~np.isnan(values)
    moved = values if part.power is None else yeo_johnson(values, part.power)
    matrix[:, part.to] = np.where(there, (moved - part.mean) / part.scale, matrix[:, part.to])
    for position, value in part.present:
        matrix[there, position] = value
