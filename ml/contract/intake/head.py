"""The first bytes of a file: enough to refuse what can never become leads, before a job starts."""

from __future__ import annotations

from ml.contract.faults import Rule
from ml.contract.intake.containers import HEAD_BYTES, Form, recognise, refuse_binary
from ml.contract.intake.delimiters import (
    BLANK_LINES,
    EXCEL_DELIMITER,
    best_split,
    first_row_size,
    trailing_blanks,
)
from ml.contract.intake.header import Header, understand
from ml.contract.intake.marks import marked
from ml.contract.intake.reading import Reading
from ml.contract.intake.saying import refusal


def check_head(head: bytes, reading: Reading) -> Header | None:
    """The header of a delimited file; None for a form whose columns lie further inside.

    Parameters
    ----------
    head : bytes
        The file's beginning, long enough to hold its first row.
    reading : Reading
        For what it will be read.

    Raises
    ------
    InputRefused
        If the file is empty, is no file of rows, or lacks columns. A file that passes may still
        be refused when all of it is read.
    """
    if not head:
        what = f"{reading.name} has no bytes; expected a header and rows"
        raise refusal(Rule.EMPTY_FILE, what, "export the leads again")
    mark = marked(head)
    if mark is not None:
        head = head[mark.skip :].decode(mark.codec, errors="ignore").encode()
    form = recognise(head[:HEAD_BYTES], reading.name)
    if form is Form.CSV:
        if mark is None:
            refuse_binary(head[:HEAD_BYTES], reading.name)
        return _header(head, reading)
    return None


def _header(text: bytes, reading: Reading) -> Header:
    row, rest = _first_row(text, reading)
    sign = EXCEL_DELIMITER.fullmatch(row)
    if sign:
        row, _ = _first_row(rest, reading)
    _, names = best_split(row, sign[1] if sign else None, reading, 1)
    return understand(names[: len(names) - trailing_blanks(names)], reading)


def _first_row(text: bytes, reading: Reading) -> tuple[str, bytes]:
    blank = BLANK_LINES.match(text)
    text = text[blank.end() if blank else 0 :]
    if not text.strip():
        raise refusal(
            Rule.NO_HEADER,
            f"{reading.name} begins with blank lines only; expected a header and rows",
            "export the leads again with their column names",
        )
    size = first_row_size(text)
    # Headers are letters; whether the cells are Windows-1252 or UTF-8 is decided over all of them.
    return text[:size].rstrip(b"\r\n").decode("utf-8", errors="replace"), text[size:]
