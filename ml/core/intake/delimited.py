"""Delimited text: its delimiter, its header, and its rows by the fast or the careful reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ml.contract.faults import Fault, Rule
from ml.contract.intake.delimiters import (
    BLANK_LINES,
    COMMA,
    DELIMITERS,
    EXCEL_DELIMITER,
    best_split,
    first_row_size,
    trailing_blanks,
)
from ml.contract.intake.header import Header, refuse_too_many, understand
from ml.contract.intake.reading import Reading
from ml.contract.intake.saying import refusal, warning
from ml.core.intake.blocks import Blocks
from ml.core.intake.careful import CarefulReader
from ml.core.intake.layout import Layout
from ml.core.intake.plain import read_plain
from ml.core.intake.rows import Rows
from ml.core.scored_table import OURS
from ml.core.spreadsheet import restored


class Delimited:
    """A delimited file whose header was understood.

    Parameters
    ----------
    blocks : Blocks
        The file's text from its first line.
    reading : Reading
        For what it is read.

    Raises
    ------
    InputRefused
        If the header is missing, not closed or not recognised.

    Attributes
    ----------
    header : Header
    warnings : tuple of Fault
    decimal_comma : bool
        Whether the delimiter leaves the comma free for numbers.
    fast_rows : int
        Rows that the fast reader has read so far.
    """

    def __init__(self, blocks: Blocks, reading: Reading) -> None:
        self._blocks = blocks
        line, self.delimiter, names = _read_header(blocks, reading)
        trailing = trailing_blanks(names)
        named = names[: len(names) - trailing]
        self.header: Header = understand(named, reading, line=line)
        self.warnings = (*self.header.warnings, *_layout_warnings(self.delimiter, trailing, line))
        self._is_ours = named[: len(OURS)] == [*OURS]
        self.decimal_comma = self.delimiter != COMMA
        self.fast_rows = 0
        self._layout = Layout(
            delimiter=self.delimiter,
            width=len(named),
            trailing=trailing,
            positions=tuple(one.position for one in self.header.taken),
            limits=reading.limits,
            name=reading.name,
        )

    def rows(self) -> Iterator[Rows]:
        """The rows in order, block by block."""
        careful = CarefulReader(self._layout)
        while True:
            text, line = self._blocks.text(), self._blocks.line
            rows = read_plain(text, self._layout, line=line) if text else None
            if rows is not None:
                self.fast_rows += len(rows.lines)
                used = len(text)
            else:
                found, used = careful.read(text, line=line, final=self._blocks.final)
                rows = found.rows(self._layout)
                self.fast_rows += found.fast_rows
            self._blocks.use(used)
            yield _given_back(rows) if self._is_ours else rows
            if self._blocks.final:
                return
            self._blocks.grow()


def _given_back(rows: Rows) -> Rows:
    """Cells of a scored table as its leads had them, before they were made safe to open."""
    return replace(rows, cells=[restored(column) for column in rows.cells])


def refuse_wide(head: bytes, reading: Reading) -> None:
    """Refuse a file by its first line alone if that has more columns than the limit.

    Parameters
    ----------
    head : bytes
        The beginning of the file, in any encoding that contains ASCII.
    reading : Reading
        For what it is read.
    """
    first = head.lstrip().splitlines()[:1]
    if first and b'"' not in first[0]:
        widest = max(first[0].count(delimiter.encode()) for delimiter in DELIMITERS)
        if widest > first[0].count(b",,") + reading.limits.columns:
            refuse_too_many(widest + 1, reading, 1)


def _read_header(blocks: Blocks, reading: Reading) -> tuple[int, str, list[str]]:
    """Line, delimiter and cells of the header; afterwards the blocks begin behind it."""
    announced = None
    while True:
        text, size = _first_row(blocks, reading)
        line = blocks.line
        blocks.use(size)
        sign = EXCEL_DELIMITER.fullmatch(text)
        if sign is None or announced:
            break
        announced = sign[1]
    delimiter, names = best_split(text, announced, reading, line)
    return line, delimiter, names


def _first_row(blocks: Blocks, reading: Reading) -> tuple[str, int]:
    """Text of the first row that is not blank, and its size with its line end."""
    while True:
        blank = BLANK_LINES.match(blocks.text())
        blocks.use(blank.end() if blank else 0)
        if blocks.text().strip():
            break
        if blocks.final:
            raise refusal(
                Rule.NO_HEADER,
                f"{reading.name} holds only blank lines; expected a header and rows",
                "export the leads again with their column names",
            )
        blocks.grow()
    size = first_row_size(blocks.text())
    return blocks.text()[:size].rstrip(b"\r\n").decode(), size


def _layout_warnings(delimiter: str, trailing: int, line: int) -> list[Fault]:
    warnings = []
    if delimiter != COMMA:
        message = f"cells are separated by {DELIMITERS[delimiter]}s, not commas"
        warnings.append(warning(Rule.DELIMITER, message, "nothing to do", line=line))
    if trailing:
        message = f"the header ends with {trailing} nameless columns; they are empty and left out"
        hint = "remove the delimiters at the end of the header"
        warnings.append(warning(Rule.TRAILING_COLUMN, message, hint, line=line))
    return warnings
