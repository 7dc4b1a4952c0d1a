"""The careful reader: any delimited text, every row either told apart or named as faulty.

A quote that is never closed swallows the rows after it. So a row that goes on over several
lines must come out whole: with closed quotes and the right number of cells. If it does not,
only its first line is faulty, and reading goes on at the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter

from ml.contract.faults import Rule
from ml.contract.intake.quotes import Flaw, split
from ml.contract.intake.saying import refusal
from ml.core.intake.blocks import line_too_long
from ml.core.intake.found import Found
from ml.core.intake.layout import Layout
from ml.core.intake.row_faults import row_fault
from ml.core.quarantine import RowFault

#: Bytes read again behind unclosed quotes, over ten times the file, before we give up.
_PATIENCE_BYTES = 32_000_000
#: What one step over a line costs, in bytes read.
_LINE_COST = 32


class CarefulReader:
    """Reads blocks of whole lines one after the other.

    Parameters
    ----------
    layout : Layout
        How rows are laid out.
    set_aside : bool, default=True
        Whether lines that are a row at first sight are left to the fast reader, many at a time.
    """

    def __init__(self, layout: Layout, *, set_aside: bool = True) -> None:
        self._layout, self._set_aside = layout, set_aside
        self._pick = _picker(layout.positions)
        self._read = self._reread = 0

    def read(self, text: bytes, *, line: int, final: bool) -> tuple[Found, int]:
        """Rows of a block, and how many of its bytes they take.

        Parameters
        ----------
        text : bytes
            Whole lines of valid UTF-8 that begin outside quotes.
        line : int
            Physical line on which the block begins.
        final : bool
            Whether nothing follows; otherwise a row that is still open is left for the next block.

        Raises
        ------
        InputRefused
            LINE_TOO_LONG, BLANK_COLUMN for text below a nameless column, or QUOTE if so many
            quotes are never closed that the file is not quoted at all.
        """
        lines = text.splitlines(keepends=True)
        found, at, used = Found(), 0, 0
        is_simple = self._simple_test()
        while at < len(lines):
            start = at
            while at < len(lines) and is_simple(lines[at]):
                at += 1
            if at > start:
                used += found.set_aside(line + start, lines[start:at])
                continue
            must_end = final or len(text) - used > self._layout.limits.line_bytes
            taken = self._row(lines, at, line + at, found, must_end=must_end)
            if taken == 0:
                break
            used += sum(map(len, lines[at : at + taken]))
            at += taken
        self._read += used
        return found, used

    def _simple_test(self) -> Callable[[bytes], bool]:
        """Whether a line that begins outside quotes is a row without any quotes."""
        delimiter, count = self._layout.delimiter.encode(), self._layout.width - 1
        longest = self._layout.limits.cell_bytes
        if not self._set_aside or self._layout.trailing or count == 0:
            return lambda row: False
        return lambda row: (
            row.count(delimiter) == count
            and b'"' not in row
            and len(row) <= longest
            and row.endswith(b"\n")
        )

    def _row(self, lines: list[bytes], at: int, line: int, found: Found, *, must_end: bool) -> int:
        """Read the row that begins at a line; the number of lines it takes, 0 if it goes on."""
        text = self._text(lines[at], line)
        if self._is_blank(text):
            return 1
        cells, taken = split(text, self._layout.delimiter), 1
        if cells is Flaw.OPEN:
            cells, taken = self._longer(lines, at, must_end=must_end)
            if taken == 0:
                return 0
            text = _joined(lines[at : at + taken])
        if isinstance(cells, Flaw):
            found.broken.append(_quote_fault(cells, line, text))
        elif len(cells) == self._layout.width or self._has_empty_tail(cells, line):
            found.add(line, self._pick(cells), text)
        else:
            found.broken.append(self._count_fault(cells, line, text))
        return taken

    def _text(self, row: bytes, line: int) -> str:
        if len(row) > self._layout.limits.line_bytes:
            raise line_too_long(line, self._layout.limits.line_bytes, self._layout.name)
        return row.rstrip(b"\r\n").decode()

    def _is_blank(self, text: str) -> bool:
        return not text.strip(" \t") and self._layout.delimiter not in text

    def _longer(
        self, lines: list[bytes], at: int, *, must_end: bool
    ) -> tuple[list[str] | Flaw, int]:
        """Cells of a row that goes on over several lines, and how many lines it takes."""
        size, limit = len(lines[at]), self._layout.limits.line_bytes
        end = at
        for end in range(at + 1, len(lines)):
            size += len(lines[end])
            if size > limit:
                must_end = True
                break
            if lines[end].count(b'"') % 2 == 0:
                continue  # still inside the quotes
            self._be_patient(size)
            cells = split(_joined(lines[at : end + 1]), self._layout.delimiter)
            if cells is not Flaw.OPEN:
                whole = self._is_one_row(cells, lines[at + 1 : end + 1])
                return (cells, end - at + 1) if whole else (Flaw.OPEN, 1)
        if must_end:
            self._be_patient(size + _LINE_COST * (end - at))
        return Flaw.OPEN, int(must_end)

    def _is_one_row(self, cells: list[str] | Flaw, rest: list[bytes]) -> bool:
        """Whether lines that quotes bind together are one row, not several behind a stray quote."""
        if isinstance(cells, Flaw):
            return False
        if 0 <= len(cells) - self._layout.width <= self._layout.trailing:
            return True
        alone = (split(_joined([line]), self._layout.delimiter) for line in rest)
        return all(isinstance(one, Flaw) or len(one) != self._layout.width for one in alone)

    def _be_patient(self, size: int) -> None:
        """Bound what is read again behind unclosed quotes, so that no file takes for ever."""
        self._reread += size
        if self._reread > 10 * self._read + _PATIENCE_BYTES:
            raise refusal(
                Rule.QUOTE,
                f"{self._layout.name} has quotes that open and are not closed all over",
                'put text that holds the delimiter in "quotes" and double the quotes inside it',
            )

    def _has_empty_tail(self, cells: list[str], line: int) -> bool:
        """Whether a row has only empty cells below the nameless columns."""
        tail = cells[self._layout.width :]
        if not 0 < len(tail) <= self._layout.trailing:
            return False
        if any(cell.strip() for cell in tail):
            raise refusal(
                Rule.BLANK_COLUMN,
                f"column {self._layout.width + 1} has no name in the header but holds text",
                "name the column in the header, or remove it",
                line=line,
                value=next(cell for cell in tail if cell.strip()),
            )
        return True

    def _count_fault(self, cells: list[str], line: int, text: str) -> RowFault:
        seen, expected = len(cells), self._layout.width
        extra = "has a delimiter too many, or text with a delimiter that is not in quotes"
        return row_fault(
            Rule.FIELD_COUNT,
            f"the row has {seen} cells; expected {expected}, as in the header",
            f"look for a cell that {extra if seen > expected else 'is missing'}",
            line=line,
            raw=text,
        )


def _picker(positions: tuple[int, ...]) -> Callable[[list[str]], Sequence[str]]:
    """Takes the cells at some positions of a row."""
    if len(positions) > 1:
        return itemgetter(*positions)
    return lambda cells: [cells[position] for position in positions]


def _joined(lines: list[bytes]) -> str:
    return b"".join(lines).rstrip(b"\r\n").decode()


def _quote_fault(flaw: Flaw, line: int, text: str) -> RowFault:
    return row_fault(
        Rule.QUOTE,
        f"{flaw.value}; expected quotes around a whole cell and doubled inside it",
        "close the quote, or double it where it is part of the text",
        line=line,
        raw=text,
    )
