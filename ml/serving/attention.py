"""Fault sentences, taken apart again for a table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ml.contract.faults import SHOWN_CHARACTERS
from ml.core.scored_table import JOINER

_NEXT = re.compile(re.escape(JOINER) + r"(?=line \d+|column ['\"]|[A-Z][A-Z_]+: )")
_SENTENCE = re.compile(
    r"(?:line (?P<line>\d+)(?:, |: ))?(?:column (?P<quote>['\"])(?P<column>.*?)(?P=quote): )?"
    r"(?P<rule>[A-Z][A-Z_]+): (?P<message>.*?)(?: \((?P<hint>[^()]*(?:\([^()]*\)[^()]*)*)\))?",
    re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class Attention:
    """One reason why a row was not scored, in the parts that a person looks for."""

    message: str
    line: int | None = None
    column: str = ""
    rule: str = ""
    hint: str = ""
    value: str = ""


def attentions(text: str, row: Mapping[str, str], line: int) -> list[Attention]:
    """The parts of every sentence in a cell.

    Parameters
    ----------
    text : str
        `Fault.sentence()` of each fault, joined by `JOINER`.
    row : mapping of str to str
        The row's cells by header; shows the value that a sentence speaks of.
    line : int
        Line of the row.

    Examples
    --------
    >>> said = "line 7, column 'TotalVisits': NEGATIVE: -2 is below 0 (enter 0 or more)"
    >>> attentions(said, {"TotalVisits": "-2"}, 7)[0].hint
    'enter 0 or more'
    """
    return [_attention(sentence, row, line) for sentence in _NEXT.split(text) if sentence]


def _attention(sentence: str, row: Mapping[str, str], line: int) -> Attention:
    parts = _SENTENCE.fullmatch(sentence)
    if parts is None:  # shown whole rather than not at all
        return Attention(message=sentence, line=line)
    column = parts["column"] or ""
    return Attention(
        line=int(parts["line"] or line),
        column=column,
        rule=parts["rule"],
        message=parts["message"],
        hint=parts["hint"] or "",
        value=(row.get(column) or "")[:SHOWN_CHARACTERS],
    )
