"""What can be wrong with lead data, and how we say it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: Characters of a cell that a fault shows; more would copy personal data into reports.
SHOWN_CHARACTERS = 40


class Severity(StrEnum):
    """How far a fault reaches."""

    FILE = "file"
    ROW = "row"
    WARNING = "warning"


class Rule(StrEnum):
    """Rules that data can break; the value is the code that people and programs see."""

    # the file as a whole
    EMPTY_FILE = "EMPTY_FILE"
    NO_HEADER = "NO_HEADER"
    NO_ROWS = "NO_ROWS"
    HEADER_NOT_RECOGNISED = "HEADER_NOT_RECOGNISED"
    ENCODING = "ENCODING"
    COMPRESSED = "COMPRESSED"
    NOT_CSV = "NOT_CSV"
    NOT_CSV_XLSX = "NOT_CSV_XLSX"
    BLANK_COLUMN = "BLANK_COLUMN"
    DUPLICATE_COLUMN = "DUPLICATE_COLUMN"
    MISSING_COLUMN = "MISSING_COLUMN"
    TOO_MANY_COLUMNS = "TOO_MANY_COLUMNS"
    TOO_LARGE = "TOO_LARGE"
    LINE_TOO_LONG = "LINE_TOO_LONG"
    TARGET_VALUES = "TARGET_VALUES"
    PARQUET_UNREADABLE = "PARQUET_UNREADABLE"
    PARQUET_SCHEMA = "PARQUET_SCHEMA"
    JSON_UNREADABLE = "JSON_UNREADABLE"
    MEDIA_TYPE = "MEDIA_TYPE"
    INCOMPLETE_UPLOAD = "INCOMPLETE_UPLOAD"
    # one row
    FIELD_COUNT = "FIELD_COUNT"
    QUOTE = "QUOTE"
    CONTROL_CHAR = "CONTROL_CHAR"
    CELL_TOO_LONG = "CELL_TOO_LONG"
    NUMBER_FORMAT = "NUMBER_FORMAT"
    NOT_FINITE = "NOT_FINITE"
    NOT_INTEGER = "NOT_INTEGER"
    NEGATIVE = "NEGATIVE"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    NOT_YES_NO = "NOT_YES_NO"
    NOT_A_DATE = "NOT_A_DATE"
    ID_MISSING = "ID_MISSING"
    ID_TOO_LONG = "ID_TOO_LONG"
    DUPLICATE_ID = "DUPLICATE_ID"
    JSON_VALUE = "JSON_VALUE"
    # worth knowing
    TRANSCODED = "TRANSCODED"
    BYTE_ORDER_MARK = "BYTE_ORDER_MARK"
    DELIMITER = "DELIMITER"
    DECIMAL_COMMA = "DECIMAL_COMMA"
    HEADER_NORMALISED = "HEADER_NORMALISED"
    TRAILING_COLUMN = "TRAILING_COLUMN"
    UNKNOWN_COLUMN = "UNKNOWN_COLUMN"
    TARGET_IGNORED = "TARGET_IGNORED"
    LATER_COLUMN_IGNORED = "LATER_COLUMN_IGNORED"
    TEXT_NORMALISED = "TEXT_NORMALISED"
    UNSEEN_LEVEL = "UNSEEN_LEVEL"
    OUTLIER = "OUTLIER"
    INCONSISTENT = "INCONSISTENT"
    DUPLICATE_ROW = "DUPLICATE_ROW"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong, where it is, and what to do about it.

    Parameters
    ----------
    rule : Rule
        The rule that the data breaks.
    severity : Severity
        Whether the file, one row or nothing is held back for it.
    message : str
        What was seen and what was expected, as one sentence without a final stop.
    hint : str
        The next move, as one sentence without a final stop.
    line : int or None, default=None
        Physical line in the file, the header being 1.
    column : str or None, default=None
        The column as the file spells it.
    value : str or None, default=None
        The cell, cut to 40 characters.

    Examples
    --------
    >>> Fault(rule=Rule.NEGATIVE, severity=Severity.ROW, line=7, column="TotalVisits", value="-2",
    ...       message="-2 is below 0", hint="enter the number of visits, 0 or more").sentence()
    "line 7, column 'TotalVisits': NEGATIVE: -2 is below 0 (enter the number of visits, 0 or more)"
    """

    rule: Rule
    severity: Severity
    message: str
    hint: str
    line: int | None = None
    column: str | None = None
    value: str | None = None

    def __post_init__(self) -> None:
        if self.value is not None and len(self.value) > SHOWN_CHARACTERS:
            object.__setattr__(self, "value", self.value[: SHOWN_CHARACTERS - 1] + "…")

    def sentence(self) -> str:
        """Place, rule, message and hint as one line of text."""
        where = [f"line {self.line}"] if self.line is not None else []
        where += [f"column {self.column!r}"] if self.column is not None else []
        place = ", ".join(where) + ": " if where else ""
        return f"{place}{self.rule}: {self.message} ({self.hint})"
