"""Checks of cells as text, and the one spelling into which they are brought.

Both readers hand their rows to this module, so they cannot differ in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from ml.contract.faults import Fault, Rule
from ml.contract.intake.header import Taken
from ml.contract.intake.limits import Limits
from ml.contract.intake.saying import warning
from ml.contract.intake.unicode import normalise
from ml.contract.names import Kind
from ml.core.intake.row_faults import row_fault
from ml.core.intake.rows import Rows
from ml.core.quarantine import RowFault

_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}]"
_CONTROL_LETTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NUMBERS = {Kind.NUMBER, Kind.INTEGER}
_WITH_COMMA = re.compile(r"\s*[+-]?\d+,\d+([eE][+-]?\d+)?\s*", re.ASCII)
#: One to three digits, a comma, three digits: a thousand, or a number with three decimals?
_AMBIGUOUS = re.compile(r"\s*[+-]?[1-9]\d{0,2},\d{3}\s*", re.ASCII)


@dataclass
class Change:
    """How often cells were rewritten under one rule, and where first."""

    count: int = 0
    line: int | None = None
    column: str | None = None

    def add(self, count: int, line: int, column: str) -> None:
        """Count more cells; the first line of all stays."""
        self.count += count
        if self.line is None or line < self.line:
            self.line, self.column = line, column


@dataclass(kw_only=True)
class CellChecks:
    """Checks and rewrites the cells of one file.

    Parameters
    ----------
    taken : sequence of Taken
        Columns in the order of the rows' cells.
    limits : Limits
        `cell_bytes` bounds a cell.
    decimal_comma : bool
        Whether a comma in a number may be a decimal one: the file's delimiter is another.
    """

    taken: Sequence[Taken]
    limits: Limits
    decimal_comma: bool
    normalised: Change = field(default_factory=Change)
    commas: Change = field(default_factory=Change)

    def apply(self, rows: Rows) -> tuple[Rows, list[RowFault]]:
        """Rows whose cells are sound, and the faults of the others, in the order of lines."""
        faults = {} if rows.plain else self._sizes_and_controls(rows)
        cells = [self._spelled(one, rows, i) for i, one in enumerate(self.taken)]
        if self.decimal_comma:
            for i, one in enumerate(self.taken):
                if one.column.kind in _NUMBERS:
                    cells[i] = self._pointed(one, rows, cells[i], faults)
        sound = Rows(lines=rows.lines, cells=cells, raw=rows.raw)
        return _without(sound, faults), _in_order(rows, faults)

    def warnings(self) -> list[Fault]:
        """What was rewritten, once the file is read."""
        found = []
        if self.normalised.count:
            message = (
                f"{self.normalised.count:,} cells held look-alike or invisible characters "
                "and were brought to their plain form (Unicode NFKC)"
            )
            found.append(self._told(Rule.TEXT_NORMALISED, message, self.normalised))
        if self.commas.count:
            message = (
                f"{self.commas.count:,} numbers had a decimal comma and were read with a point"
            )
            found.append(self._told(Rule.DECIMAL_COMMA, message, self.commas))
        return found

    @staticmethod
    def _told(rule: Rule, message: str, change: Change) -> Fault:
        hint = "nothing to do, unless the first of them reads wrongly"
        return warning(rule, message, hint, line=change.line, column=change.column)

    def _sizes_and_controls(self, rows: Rows) -> dict[int, list[RowFault]]:
        faults = dict[int, list[RowFault]]()
        for one, cells in zip(self.taken, rows.cells, strict=True):
            too_long = pc.greater(pc.binary_length(cells), self.limits.cell_bytes)
            for row in _where(too_long):
                faults.setdefault(row, []).append(self._too_long(one, rows, row, cells[row]))
            for row in _where(pc.match_substring_regex(cells, _CONTROL)):
                faults.setdefault(row, []).append(_control(one, rows, row, cells[row].as_py()))
        return faults

    def _too_long(self, one: Taken, rows: Rows, row: int, cell: pa.StringScalar) -> RowFault:
        size = len(cell.as_buffer())
        return row_fault(
            Rule.CELL_TOO_LONG,
            f"the cell has {size:,} bytes; expected at most {self.limits.cell_bytes:,}",
            "shorten the text; look also for a quote that is not closed",
            line=rows.lines[row].as_py(),
            raw=rows.raw(row),
            column=one.header,
            value=cell.as_py(),
        )

    def _spelled(self, one: Taken, rows: Rows, i: int) -> pa.StringArray:
        """Cells of a column in NFKC; ids stay as they are."""
        cells = rows.cells[i]
        if one.column.kind is Kind.TEXT or pc.all(pc.string_is_ascii(cells)).as_py() is not False:
            return cells
        return _rewritten(cells, normalise, self.normalised, one, rows)

    def _pointed(
        self, one: Taken, rows: Rows, cells: pa.StringArray, faults: dict[int, list[RowFault]]
    ) -> pa.StringArray:
        """Numbers of a column with a decimal point; those that could be thousands are faults."""
        with_comma = pc.match_substring(cells, ",")
        if not pc.any(with_comma).as_py():
            return cells
        for row in _where(with_comma):
            text = cells[row].as_py()
            if _AMBIGUOUS.fullmatch(text):
                faults.setdefault(row, []).append(_ambiguous(one, rows, row, text))
        return _rewritten(cells, _with_point, self.commas, one, rows)


def _with_point(text: str) -> str:
    readable = _WITH_COMMA.fullmatch(text) and not _AMBIGUOUS.fullmatch(text)
    return text.replace(",", ".") if readable else text


def _where(mask: pa.BooleanArray) -> list[int]:
    found: list[int] = pc.indices_nonzero(mask).to_pylist()
    return found


def _rewritten(
    cells: pa.StringArray, rewrite: Callable[[str], str], change: Change, one: Taken, rows: Rows
) -> pa.StringArray:
    """Cells rewritten, each distinct text once."""
    coded = cells.dictionary_encode()
    before = coded.dictionary.to_pylist()
    after = [rewrite(text) for text in before]
    changed = [code for code, text in enumerate(after) if text != before[code]]
    if not changed:
        return cells
    at = _where(pc.is_in(coded.indices, value_set=pa.array(changed, coded.indices.type)))
    change.add(len(at), rows.lines[at[0]].as_py(), one.header)
    return pa.array(after, pa.string()).take(coded.indices)


def _control(one: Taken, rows: Rows, row: int, text: str) -> RowFault:
    found = _CONTROL_LETTER.search(text)
    code = ord(found[0]) if found else 0
    return row_fault(
        Rule.CONTROL_CHAR,
        f"the cell holds the control character U+{code:04X}; expected readable text",
        "remove the character; it often comes from a damaged export",
        line=rows.lines[row].as_py(),
        raw=rows.raw(row),
        column=one.header,
        value=_CONTROL_LETTER.sub("�", text),
    )


def _ambiguous(one: Taken, rows: Rows, row: int, text: str) -> RowFault:
    thousand, decimal = text.strip().replace(",", ""), text.strip().replace(",", ".")
    return row_fault(
        Rule.NUMBER_FORMAT,
        f"{text.strip()} can mean {thousand} or {decimal}; expected a number with a decimal point",
        f"write {thousand} or {decimal}",
        line=rows.lines[row].as_py(),
        raw=rows.raw(row),
        column=one.header,
        value=text,
    )


def _without(rows: Rows, faults: dict[int, list[RowFault]]) -> Rows:
    if not faults:
        return rows
    keep = pa.array([row not in faults for row in range(len(rows.lines))])
    cells = [column.filter(keep) for column in rows.cells]
    return Rows(lines=rows.lines.filter(keep), cells=cells, raw=rows.raw)


def _in_order(rows: Rows, faults: dict[int, list[RowFault]]) -> list[RowFault]:
    found = [*rows.broken, *(fault for row in faults.values() for fault in row)]
    return sorted(found, key=lambda one: one.fault.line or 0)
