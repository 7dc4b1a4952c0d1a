"""The first row of delimited text: where it ends, and which delimiter cuts it into columns."""

from __future__ import annotations

import re

from ml.contract.faults import Rule
from ml.contract.intake.header import refuse_too_many
from ml.contract.intake.quotes import Flaw, split
from ml.contract.intake.reading import Reading, tidy
from ml.contract.intake.saying import refusal

COMMA = ","
DELIMITERS = {COMMA: "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
BLANK_LINES = re.compile(rb"(?:[ \t]*[\r\n]+)*")
#: Lines over which a quoted header may go on.
_HEADER_LINES = 20
#: First line by which Excel is told the delimiter.
EXCEL_DELIMITER = re.compile(r'"?sep=([,;|\t])"?', re.IGNORECASE)


def first_row_size(text: bytes) -> int:
    """Bytes of the first row with its line end; a quoted header may go on over several lines."""
    lines = text.splitlines(keepends=True)[:_HEADER_LINES]
    size, quotes = 0, 0
    for row in lines:
        size, quotes = size + len(row), quotes + row.count(b'"')
        if quotes % 2 == 0:
            return size
    return len(lines[0]) if lines else 0


def best_split(
    text: str, announced: str | None, reading: Reading, line: int
) -> tuple[str, list[str]]:
    """The delimiter under which most header cells are known columns, and the cells."""
    best: tuple[tuple[int, int], str, list[str]] | None = None
    for delimiter in [announced] if announced else DELIMITERS:
        names = split(text, delimiter)
        if isinstance(names, Flaw):
            continue
        refuse_too_many(len(names) - trailing_blanks(names), reading, line)
        known = sum(reading.find(name) is not None for name in names)
        if best is None or (known, len(names)) > best[0]:
            best = ((known, len(names)), delimiter, names)
    if best is None:
        raise refusal(
            Rule.QUOTE,
            f"the header of {reading.name} has a quote that is not closed: {text[:40]!r}",
            "put quotes around whole names, or leave them out",
            line=line,
        )
    return best[1], best[2]


def trailing_blanks(names: list[str]) -> int:
    """How many nameless cells a header ends with."""
    count = 0
    while count < len(names) - 1 and not tidy(names[-1 - count]):
        count += 1
    return count
