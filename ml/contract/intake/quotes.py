"""Cells of one row of delimited text, strictly by RFC 4180."""

from __future__ import annotations

from enum import Enum


class Flaw(Enum):
    """Why a text is not a row."""

    OPEN = "a quote opens and is not closed"
    BROKEN = "a closing quote is followed by more text"


def split(text: str, delimiter: str) -> list[str] | Flaw:
    r"""Cells of a row.

    Parameters
    ----------
    text : str
        A row without its final line end; a quoted cell may hold line ends.
    delimiter : str
        One character.

    Returns
    -------
    list of str or Flaw
        A quote that does not begin a cell is an ordinary character.

    Examples
    --------
    >>> split('1,"a ""b"", c",5" pipe', ",")
    ['1', 'a "b", c', '5" pipe']
    >>> split('1,"a', ",")
    <Flaw.OPEN: 'a quote opens and is not closed'>
    """
    if '"' not in text:
        return text.split(delimiter)
    cells, at = list[str](), 0
    while True:
        if not text.startswith('"', at):
            end = text.find(delimiter, at)
            if end < 0:
                cells.append(text[at:])
                return cells
            cells.append(text[at:end])
        else:
            end = _closing(text, at + 1) + 1
            if end == 0:
                return Flaw.OPEN
            cells.append(text[at + 1 : end - 1].replace('""', '"'))
            if end == len(text):
                return cells
            if text[end] != delimiter:
                return Flaw.BROKEN
        at = end + 1


def _closing(text: str, at: int) -> int:
    """Position of the quote that closes a cell whose content begins at `at`; -1 for none."""
    while True:
        at = text.find('"', at)
        if at < 0 or not text.startswith('"', at + 1):
            return at
        at += 2
