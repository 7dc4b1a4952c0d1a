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
    aside : list of (int, int, bytes)
        Runs of lines that are rows without quotes: first line, number of lines, text.
    broken : list of RowFault
        Rows that could not be told apart.
    fast_rows : int
        Rows that the fast reader has read, once `rows` was called.
    """

    lines: list[int] = field(default_factory=list)
    cells: list[Sequence[str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    aside: list[tuple[int, int, bytes]] = field(default_factory=list)
    broken: list[RowFault] = field(default_factory=list)
    fast_rows: int = 0

    def add(self, line: int, cells: Sequence[str], text: str) -> None:
        """One more row told apart."""
        self.lines.append(line)
        self.cells.append(cells)
        self.texts.append(text)

    def set_aside(self, first: int, rows: list[bytes]) -> int:
        """Leave a run of lines to the fast reader; their size in bytes."""
        text = b"".join(rows)
        self.aside.append((first, len(rows), text))
        return len(text)

    def rows(self, layout: Layout) -> Rows:
        """All rows in the order of lines."""
        aside = b"".join(text for _, _, text in self.aside)
        fast = read_plain(aside, layout, line=0) if aside else None
        if aside and fast is None:
            self._split_aside(layout)
        columns = zip(*self.cells, strict=True) if self.cells else [()] * len(layout.positions)
        slow = Rows(
            lines=pa.array(self.lines, pa.int64()),
            cells=[pa.array(column, pa.string()) for column in columns],
            raw=self.texts.__getitem__,
            broken=self.broken,
        )
        return self._in_order(slow, fast)

    def _split_aside(self, layout: Layout) -> None:
        """Tell the rows set aside apart one by one: one of them holds a control code."""
        for first, _, run in self.aside:
            for line, row in enumerate(run.splitlines(), start=first):
                text = row.decode()
                cells = text.split(layout.delimiter)
                self.add(line, [cells[position] for position in layout.positions], text)

    def _in_order(self, slow: Rows, fast: Rows | None) -> Rows:
        """The rows of both readers by line; `fast` counts its lines from 0."""
        runs = [] if fast is None else [np.arange(at, at + count) for at, count, _ in self.aside]
        lines = np.concatenate([slow.lines.to_numpy(), *runs])
        order = np.argsort(lines, kind="stable")
        cells = slow.cells
        if fast is not None:
            self.fast_rows = len(fast.lines)
            cells = [pa.concat_arrays(pair) for pair in zip(cells, fast.cells, strict=True)]
        at, count = pa.array(order), len(slow.lines)

        def raw(row: int) -> str:
            place = int(order[row])
            return slow.raw(place) if fast is None or place < count else fast.raw(place - count)

        return Rows(
            lines=pa.array(lines[order]),
            cells=[column.take(at) for column in cells],
            raw=raw,
            broken=self.broken,
        )
