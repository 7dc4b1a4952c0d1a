"""What we say about a cell: one catalogue for tables, records and the API."""

from __future__ import annotations

from collections.abc import Callable

from ml.contract.cleaning import Number, Text, YesNo
from ml.contract.faults import SHOWN_CHARACTERS, Fault, Rule, Severity
from ml.contract.schema import Column

Words = tuple[str, str]

_WARNINGS = {Rule.UNSEEN_LEVEL, Rule.OUTLIER, Rule.INCONSISTENT, Rule.DUPLICATE_ROW}


def describe(rule: Rule, column: Column, cell: str | None) -> Words:
    """Message and hint for a rule that a cell breaks.

    Parameters
    ----------
    rule : Rule
        A rule about cells; rules about files and lines are worded where they are found.
    column : Column
        The column of the cell.
    cell : str or None
        The cell as it was written.

    Returns
    -------
    message, hint : str
        What was seen and expected, and the next move; sentences without a final stop.

    Raises
    ------
    KeyError
        For a rule that is not about cells.

    Examples
    --------
    >>> from ml.contract.names import Kind
    >>> visits = Column(name="visits", source="Visits", kind=Kind.INTEGER, low=0, high=100)
    >>> describe(Rule.NEGATIVE, visits, "-2")
    ('-2 is below 0', 'write 0 or more, or leave the cell empty')
    """
    return _WORDS[rule](column, _shown(cell))


def cell_fault(rule: Rule, column: Column, cell: str | None, line: int | None = None) -> Fault:
    """The fault or warning of a cell, with its words.

    Examples
    --------
    >>> from ml.contract.names import Kind
    >>> phone = Column(name="phone", source="Do Not Call", kind=Kind.YES_NO)
    >>> cell_fault(Rule.NOT_YES_NO, phone, "oui", 7).sentence()
    "line 7, column 'Do Not Call': NOT_YES_NO: 'oui' is neither yes nor no (write yes or no)"
    """
    message, hint = describe(rule, column, cell)
    severity = Severity.WARNING if rule in _WARNINGS else Severity.ROW
    return Fault(
        rule=rule, severity=severity, message=message, hint=hint, line=line, column=column.source,
        value=cell,
    )  # fmt: skip


def _shown(cell: str | None) -> str:
    text = "" if cell is None else cell
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def _number(column: Column) -> Number:
    return column.rule if isinstance(column.rule, Number) else Number()


def _bound(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:g}"


def _not_yes_no(column: Column, cell: str) -> Words:
    rule = column.rule if isinstance(column.rule, YesNo) else YesNo()
    return f"{cell!r} is neither yes nor no", f"write {rule.yes[0]} or {rule.no[0]}"


def _out_of_range(column: Column, cell: str) -> Words:
    low, high = _bound(_number(column).low), _bound(_number(column).high)
    return f"{cell} is outside {low} to {high}", "check the number and its unit"


def _outlier(column: Column, cell: str) -> Words:
    usual = _bound(_number(column).usual_high or 0)
    return f"{cell} is above {usual}, which is rare", "check the number; it is used as it is"


def _id_too_long(column: Column, cell: str) -> Words:
    longest = column.rule.longest if isinstance(column.rule, Text) else 0
    return f"the id begins with {cell!r} and is too long", f"send at most {longest} characters"


_EMPTY = "or leave the cell empty"

_WORDS: dict[Rule, Callable[[Column, str], Words]] = {
    Rule.NUMBER_FORMAT: lambda column, cell: (
        f"{cell!r} is not a plain number",
        f"write digits with a decimal point and nothing else, such as 1234.5, {_EMPTY}",
    ),
    Rule.NOT_FINITE: lambda column, cell: (
        f"{cell} is not a finite number",
        f"write a number that a person could have measured, {_EMPTY}",
    ),
    Rule.NOT_INTEGER: lambda column, cell: (
        f"{cell} has a fraction; {column.source} counts whole {column.unit or 'units'}",
        f"write a whole number, {_EMPTY}",
    ),
    Rule.NEGATIVE: lambda column, cell: (f"{cell} is below 0", f"write 0 or more, {_EMPTY}"),
    Rule.OUT_OF_RANGE: _out_of_range,
    Rule.NOT_YES_NO: _not_yes_no,
    Rule.NOT_A_DATE: lambda column, cell: (
        f"{cell!r} is not a day of the calendar",
        f"write year-month-day such as 2025-01-31, {_EMPTY}",
    ),
    Rule.ID_MISSING: lambda column, cell: (
        f"{column.source} is empty",
        "give every row the id by which your system knows it",
    ),
    Rule.ID_TOO_LONG: _id_too_long,
    Rule.DUPLICATE_ID: lambda column, cell: (
        f"{column.source} {cell!r} stands in several rows that differ",
        "keep the row that is right and remove the others",
    ),
    Rule.JSON_VALUE: lambda column, cell: (
        f"{column.source} holds a list or an object; expected one value",
        "send a text, a number, true, false or null",
    ),
    Rule.UNSEEN_LEVEL: lambda column, cell: (
        f"{cell!r} is not a known value of {column.source} and counts as Other",
        "check the spelling; if the value is new, add it to the use case and train again",
    ),
    Rule.OUTLIER: _outlier,
    Rule.DUPLICATE_ROW: lambda column, cell: (
        f"the row repeats an earlier one with {column.source} {cell!r}",
        "nothing to do; the first of them is used",
    ),
}
