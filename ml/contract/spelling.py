"""Spellings: how texts that mean the same are brought together, in Python and in SQL.

Letters fold by ASCII only, so that every engine folds alike; Unicode was brought to NFKC
when the file was read. The SQL asks with one regular expression a question that Python asks
by folding. It compares no folded text with many words: engines evaluate the folding once for
each comparison, and DuckDB turns a long `IN` into a join of all rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

BLANKS = " \t\r\n\f\v"
BLANK_RUN = re.compile(f"[{BLANKS}]+")
_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_FOLD = str.maketrans(_UPPER, _LOWER)
_SPECIAL_IN_CLASS = frozenset("^]\\[&-")

#: Spellings of an empty cell, in folded form; a column may declare its own.
MISSING_WORDS = ("", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "-", "?")


def fold(text: str) -> str:
    """Key under which spellings of the same level meet.

    Examples
    --------
    >>> fold("  Google ") == fold("google")
    True
    >>> fold("Interested  in full time MBA")
    'interested in full time mba'
    """
    return BLANK_RUN.sub(" ", text.strip(BLANKS)).translate(_FOLD)


def quote(text: str) -> str:
    """Text as a SQL literal.

    Examples
    --------
    >>> quote("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as a SQL identifier, also where SQL reserves the word.

    Examples
    --------
    >>> identifier("order")
    '"order"'
    """
    return '"' + name.replace('"', '""') + '"'


def trim_sql(cell: str) -> str:
    """SQL for `cell` without blanks at its ends."""
    return f"TRIM({cell}, {quote(BLANKS)})"


def single_blanks_sql(cell: str) -> str:
    """SQL for `cell` trimmed and with each run of blanks as one."""
    return f"REGEXP_REPLACE({trim_sql(cell)}, {quote(BLANK_RUN.pattern)}, ' ', 'g')"


def matches_sql(cell: str, pattern: str) -> str:
    r"""SQL for whether all of `cell`, but for blanks at its ends, matches a regular expression.

    The end is `\z`: in Java's expressions, which are Spark's, `$` also matches before a line end.
    """
    whole = rf"^[{BLANKS}]*({pattern})[{BLANKS}]*\z"
    return f"REGEXP_MATCHES({cell}, {quote(whole)})"


def spelled_sql(cell: str, words: Iterable[str]) -> str:
    """SQL for whether `fold(cell)` is one of `words`, which are themselves folded."""
    return matches_sql(cell, "|".join(_spellings_of(word) for word in words))


def _spellings_of(word: str) -> str:
    """Expression for every text that folds to `word`.

    Examples
    --------
    >>> _spellings_of("n/a").replace(BLANKS, " ")
    '[nN][/][aA]'
    """
    return "".join(_one_letter(letter) for letter in word)


def _one_letter(letter: str) -> str:
    if letter == " ":
        return BLANK_RUN.pattern
    if letter in _LOWER:
        return f"[{letter}{letter.translate(str.maketrans(_LOWER, _UPPER))}]"
    return f"[\\{letter}]" if letter in _SPECIAL_IN_CLASS else f"[{letter}]"
