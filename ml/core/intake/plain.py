"""The fast reader: blocks of delimited text in which nothing is odd, parsed by Arrow.

It answers only where it is certain to say what the careful reader would say; a block with
a line break inside quotes, a stray quote or control code, an empty line or a row of another
width is left to the careful one.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from ml.core.intake.layout import Layout
from ml.core.intake.rows import Rows

_TAB, _LF, _CR, _QUOTE, _DELETE = 9, 10, 13, 34, 127
_FIRST_PRINTABLE = 32
_C1_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")


def read_plain(text: bytes, layout: Layout, *, line: int) -> Rows | None:
    """Rows of a block of whole lines, or None where the careful reader has to look.

    Parameters
    ----------
    text : bytes
        Whole lines of valid UTF-8 that begin outside quotes.
    layout : Layout
        How rows are laid out.
    line : int
        Physical line on which the block begins.
    """
    if layout.width + layout.trailing < 2 or not _is_plain(text, layout):
        return None
    table = _parse(text, layout)
    if table is None or table.num_rows != text.count(b"\n") + (not text.endswith(b"\n")):
        return None
    columns = [table.column(name).combine_chunks() for name in table.column_names]
    cells, trailing = columns[: len(layout.positions)], columns[len(layout.positions) :]
    if any(pa.compute.any(pa.compute.not_equal(column, "")).as_py() for column in trailing):
        return None
    lines = pa.array(np.arange(line, line + table.num_rows, dtype=np.int64))
    return Rows(lines=lines, cells=cells, raw=_RawLines(text), plain=True)


class _RawLines:
    """Physical lines of a block, told apart when the first is asked for."""

    def __init__(self, text: bytes) -> None:
        self._text, self._lines = text, list[bytes]()

    def __call__(self, row: int) -> str:
        self._lines = self._lines or self._text.split(b"\n")
        return self._lines[row].removesuffix(b"\r").decode()


def _is_plain(text: bytes, layout: Layout) -> bool:
    letters = np.frombuffer(text, dtype=np.uint8)
    returns = int(np.count_nonzero(letters == _CR))
    breaks = sum(int(np.count_nonzero(letters == code)) for code in (_TAB, _LF)) + returns
    return (
        np.count_nonzero(letters < _FIRST_PRINTABLE) == breaks
        and not np.any(letters == _DELETE)
        and (returns == 0 or text.count(b"\r\n") == returns)
        and _lines_are_short(text, layout.limits.cell_bytes)
        and _is_well_quoted(letters, ord(layout.delimiter))
        and (text.isascii() or not _C1_CONTROL.search(text))
    )


def _lines_are_short(text: bytes, limit: int) -> bool:
    """Whether no line, and so no cell, has more than `limit` bytes."""
    at = 0
    while len(text) - at > limit:
        at = text.rfind(b"\n", at, at + limit + 1) + 1
        if at == 0:
            return False
    return True


def _is_well_quoted(letters: np.ndarray[Any, np.dtype[np.uint8]], delimiter: int) -> bool:
    """Whether quotes open after and close before a delimiter or line end, or stand in pairs."""
    at = np.flatnonzero(letters == _QUOTE)
    if at.size == 0:
        return True
    if at.size % 2:
        return False
    opening, closing = at[0::2], at[1::2]
    before = letters[opening[opening > 0] - 1]
    after = letters[closing[closing < letters.size - 1] + 1]
    return all(
        bool(np.isin(beside, (delimiter, _LF, _CR, _QUOTE)).all()) for beside in (before, after)
    )


def _parse(text: bytes, layout: Layout) -> pa.Table | None:
    count = layout.width + layout.trailing
    names = [str(position) for position in range(count)]
    wanted = [names[position] for position in layout.positions] + names[layout.width :]
    try:
        return pacsv.read_csv(
            pa.BufferReader(text),
            # One block of Arrow's: were it to cut the text itself, it could cut inside quotes.
            pacsv.ReadOptions(column_names=names, block_size=len(text) + 1, use_threads=False),
            pacsv.ParseOptions(delimiter=layout.delimiter, newlines_in_values=True),
            pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=wanted,
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
