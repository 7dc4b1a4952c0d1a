"""Text that a spreadsheet program shows instead of running."""

from __future__ import annotations

import re

#: How a cell begins that Excel, LibreOffice or Google Sheets would take for a formula (OWASP).
FORMULA_START = r"^[=+\-@\t\r]"
PLAIN_NUMBER = r"^[+-]?[0-9.,]+([eE][+-]?[0-9]+)?$"

_FORMULA, _NUMBER = re.compile(FORMULA_START), re.compile(PLAIN_NUMBER)


def neutral(cell: str) -> str:
    """The cell, with an apostrophe before it if a spreadsheet would run it.

    Examples
    --------
    >>> neutral("=HYPERLINK(1)"), neutral("-2+3"), neutral("-2.5"), neutral("Google")
    ("'=HYPERLINK(1)", "'-2+3", '-2.5', 'Google')
    """
    return "'" + cell if _FORMULA.match(cell) and not _NUMBER.match(cell) else cell


def neutral_sql(cell: str) -> str:
    """SQL twin of `neutral`, in DuckDB's dialect."""
    runs = f"regexp_matches({cell}, '{FORMULA_START}')"
    number = f"regexp_matches({cell}, '{PLAIN_NUMBER}')"
    return f"CASE WHEN {runs} AND NOT {number} THEN '''' || {cell} ELSE {cell} END"
