"""What the careful reader found in a block, put in the order of lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from ml.core.intake.layout import Layout
from ml.core.intake.plain import read_plain
from ml.core.intake.rows import Rows
from ml.core.quarantine import RowFault


@dataclass
class Found:
    """Rows by line, those that were set aside for the fast reader, and the broken ones.

    Attributes
    ----------
    lines : list of int
        Physical line on which each row told apart begins.
    cells : list of sequences of str
        Its cells of the columns taken.
    texts : list of str
        Its text.
    aside : dict of int to bytes
        Lines that are rows without quotes, in ascending order.
    broken : list of RowFault
        Rows that could not be told apart.
    fast_rows : int
        Rows that the fast reader has read, once `rows` was called.
    """

    lines: list[int] = field(default_factory=list)
    cells: list[Sequence[str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    aside: dict[int, bytes] = field(default_factory=dict)
    broken: list[RowFault] = field(default_factory=list)
    fast_rows: int = 0

    def add(self, line: int, cells: Sequence[str], text: str) -> None:
        """One more row told apart."""
        self.lines.append(line)
        self.cells.append(cells)
        self.texts.append(text)

    def rows(self, layout: Layout) -> Rows:
        """All rows in the order of lines."""
        fast = read_plain(b"".join(self.aside.values()), layout, line=0) if self.aside else None
        if self.aside and fast is None:
            self._split_aside(layout)
        columns = zip(*self.cells, strict=True) if self.cells else [()] * len(layout.positions)
        cells = [pa.array(column, pa.string()) for column in columns]
        if fast is not None:
            self.fast_rows = len(fast.lines)
            cells = [pa.concat_arrays(pair) for pair in zip(cells, fast.cells, strict=True)]
        return self._in_order(cells)

    def _split_aside(self, layout: Layout) -> None:
        """Tell the rows set aside apart one by one: one of them holds a control code."""
        for line, row in self.aside.items():
            text = row.rstrip(b"\r\n").decode()
            cells = text.split(layout.delimiter)
            self.add(line, [cells[position] for position in layout.positions], text)
        self.aside.clear()

    def _in_order(self, cells: list[pa.StringArray]) -> Rows:
        lines = np.array([*self.lines, *self.aside], dtype=np.int64)
        order = np.argsort(lines, kind="stable")
        aside, count = list(self.aside.values()), len(self.lines)

        def raw(row: int) -> str:
            at = int(order[row])
            return self.texts[at] if at < count else aside[at - count].rstrip(b"\r\n").decode()

        taken = pa.array(order)
        return Rows(
            lines=pa.array(lines[order]),
            cells=[column.take(taken) for column in cells],
            raw=raw,
            broken=self.broken,
        )
