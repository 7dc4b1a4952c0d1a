"""Cleaning rules: each says the same thing twice, as SQL for tables and as Python for one record.

The SQL is DuckDB's dialect and uses only what Spark and Redshift can express too;
`ml.core.cleaning` renders it for an engine through sqlglot. Casts are always `TRY_CAST`.
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from ml.contract.errors import InvalidUseCase
from ml.contract.faults import Rule
from ml.contract.spelling import (
    fold,
    matches_sql,
    quote,
    spelled_sql,
    trim_sql,
)

Value = str | float | int | bool | date | None

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_INFINITE = re.compile(r"[+-]?[iI][nN][fF]([iI][nN][iI][tT][yY])?")
_DAY = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}")
_LARGEST = "1.7976931348623157e308"

YES_WORDS = ("yes", "y", "true", "1", "1.0")
NO_WORDS = ("no", "n", "false", "0", "0.0")


class Cleaned(NamedTuple):
    """A cell after cleaning: its value, and what is wrong with it or odd about it."""

    value: Value = None
    fault: Rule | None = None
    warning: Rule | None = None


class CleaningRule(ABC):
    """Turns a cell into a value.

    `apply` takes a text that is trimmed, and None for a missing cell. The SQL twins take the
    SQL of the raw cell, which is neither NULL nor a spelling of missing; `Column` sees to that.
    A cell with a fault has no value.
    """

    @abstractmethod
    def apply(self, text: str | None) -> Cleaned:
        """Value, fault and warning of one cell."""

    @abstractmethod
    def value_sql(self, cell: str) -> str:
        """SQL of the value, NULL where there is none."""

    def fault_sql(self, cell: str) -> str:
        """SQL of the broken rule's code, NULL where there is none."""
        return "NULL"

    def warning_sql(self, cell: str) -> str:
        """SQL of the warning's code, NULL where there is none."""
        return "NULL"

    def suspect_sql(self, value: str) -> str:
        """SQL condition on the clean value without which there is no warning."""
        return "FALSE"

    @property
    def warns(self) -> Rule | None:
        """The only warning that a cell can get, if any."""
        return None

    @property
    def common(self) -> tuple[str, ...]:
        """Texts that most cells consist of; SQL compares with them before anything slower."""
        return ()

    @property
    def missing_fault(self) -> Rule | None:
        """The rule that a missing cell breaks, if any."""
        return None


@dataclass(frozen=True, kw_only=True)
class Text(CleaningRule):
    """Keeps the text as it is; for ids, whose every character counts.

    Parameters
    ----------
    longest : int, default=200
        Characters that an id may have.
    required : bool, default=True
        Whether an empty cell is a fault.
    """

    longest: int = 200
    required: bool = True

    @property
    def missing_fault(self) -> Rule | None:
        return Rule.ID_MISSING if self.required else None

    def apply(self, text: str | None) -> Cleaned:
        if text is None:
            return Cleaned(fault=self.missing_fault)
        return Cleaned(text) if len(text) <= self.longest else Cleaned(fault=Rule.ID_TOO_LONG)

    def value_sql(self, cell: str) -> str:
        return f"CASE WHEN LENGTH({cell}) <= {self.longest} THEN {cell} END"

    def fault_sql(self, cell: str) -> str:
        return f"CASE WHEN LENGTH({cell}) > {self.longest} THEN {quote(Rule.ID_TOO_LONG)} END"


@dataclass(frozen=True, kw_only=True)
class Number(CleaningRule):
    """Reads a number written with a decimal point and nothing else.

    Parameters
    ----------
    low, high : float, default=-9e15, 9e15
        Hard bounds; beyond them the row is quarantined.
    usual_high : float or None, default=None
        Soft bound; beyond it the row is scored and a warning counted.
    integer : bool, default=False
        Whether a fraction is a fault.

    Examples
    --------
    >>> Number(low=0, high=10_000, integer=True).apply("3.7").fault
    <Rule.NOT_INTEGER: 'NOT_INTEGER'>
    """

    low: float = -9e15
    high: float = 9e15
    usual_high: float | None = None
    integer: bool = False

    def __post_init__(self) -> None:
        if not -9e15 <= self.low < self.high <= 9e15:
            bounds = f"{self.low}..{self.high}"
            raise InvalidUseCase(
                f"bounds {bounds} must ascend within -9e15..9e15, where floats count exactly"
            )

    def apply(self, text: str | None) -> Cleaned:
        if text is None:
            return Cleaned()
        if not _NUMBER.fullmatch(text):
            infinite = _INFINITE.fullmatch(text)
            return Cleaned(fault=Rule.NOT_FINITE if infinite else Rule.NUMBER_FORMAT)
        number = float(text) or 0.0  # "-0" is zero
        fault = self.fault_of(number)
        if fault is not None:
            return Cleaned(fault=fault)
        odd = self.usual_high is not None and number > self.usual_high
        return Cleaned(int(number) if self.integer else number, None, Rule.OUTLIER if odd else None)

    @property
    def warns(self) -> Rule | None:
        return None if self.usual_high is None else Rule.OUTLIER

    def fault_of(self, number: float) -> Rule | None:
        """The bound that a number breaks, if any."""
        if not math.isfinite(number):
            return Rule.NOT_FINITE
        if number < 0 <= self.low:
            return Rule.NEGATIVE
        if not self.low <= number <= self.high:
            return Rule.OUT_OF_RANGE
        return Rule.NOT_INTEGER if self.integer and number != math.floor(number) else None

    def value_sql(self, cell: str) -> str:
        number = f"TRY_CAST({cell} AS DOUBLE)"
        sound = f"{matches_sql(cell, _NUMBER.pattern)} AND {self._within(number)}"
        if self.integer:
            whole = f"{number} = FLOOR({number})"
            return f"CASE WHEN {sound} AND {whole} THEN TRY_CAST({number} AS BIGINT) END"
        return f"CASE WHEN {sound} THEN CASE WHEN {number} = 0 THEN 0.0 ELSE {number} END END"

    def _within(self, number: str) -> str:
        return f"{number} BETWEEN {self.low!r} AND {self.high!r}"

    def fault_sql(self, cell: str) -> str:
        return (
            f"CASE WHEN {matches_sql(cell, _NUMBER.pattern)} THEN {self._bound_sql(cell)} "
            f"WHEN {matches_sql(cell, _INFINITE.pattern)} THEN {quote(Rule.NOT_FINITE)} "
            f"ELSE {quote(Rule.NUMBER_FORMAT)} END"
        )

    def _bound_sql(self, cell: str) -> str:
        number = f"TRY_CAST({cell} AS DOUBLE)"
        broken = [(f"{number} IS NULL OR ABS({number}) > {_LARGEST}", Rule.NOT_FINITE)]
        if self.low >= 0:
            broken.append((f"{number} < 0", Rule.NEGATIVE))
        broken.append((f"NOT {self._within(number)}", Rule.OUT_OF_RANGE))
        if self.integer:
            broken.append((f"{number} <> FLOOR({number})", Rule.NOT_INTEGER))
        return (
            "CASE " + " ".join(f"WHEN {test} THEN {quote(rule)}" for test, rule in broken) + " END"
        )

    def warning_sql(self, cell: str) -> str:
        if self.warns is None:
            return "NULL"
        odd = self.suspect_sql(self.value_sql(cell))
        return f"CASE WHEN {odd} THEN {quote(Rule.OUTLIER)} END"

    def suspect_sql(self, value: str) -> str:
        return "FALSE" if self.usual_high is None else f"{value} > {self.usual_high!r}"


@dataclass(frozen=True, kw_only=True)
class YesNo(CleaningRule):
    """Reads yes and no in the documented spellings; anything else is a fault.

    Examples
    --------
    >>> YesNo().apply("TRUE").value, YesNo().apply("maybe").fault
    (True, <Rule.NOT_YES_NO: 'NOT_YES_NO'>)
    """

    yes: tuple[str, ...] = YES_WORDS
    no: tuple[str, ...] = NO_WORDS

    @property
    def common(self) -> tuple[str, ...]:
        return tuple(word.capitalize() for word in (self.no[0], self.yes[0]))

    def apply(self, text: str | None) -> Cleaned:
        if text is None:
            return Cleaned()
        word = fold(text)
        if word in self.yes or word in self.no:
            return Cleaned(value=word in self.yes)
        return Cleaned(fault=Rule.NOT_YES_NO)

    def value_sql(self, cell: str) -> str:
        yes, no = spelled_sql(cell, self.yes), spelled_sql(cell, self.no)
        return f"CASE WHEN {yes} THEN TRUE WHEN {no} THEN FALSE END"

    def fault_sql(self, cell: str) -> str:
        known = spelled_sql(cell, self.yes + self.no)
        return f"CASE WHEN NOT {known} THEN {quote(Rule.NOT_YES_NO)} END"


@dataclass(frozen=True, kw_only=True)
class Day(CleaningRule):
    """Reads a calendar day written as 2025-01-31.

    Examples
    --------
    >>> Day().apply("2025-02-30").fault
    <Rule.NOT_A_DATE: 'NOT_A_DATE'>
    """

    def apply(self, text: str | None) -> Cleaned:
        if text is None:
            return Cleaned()
        try:
            return Cleaned(date.fromisoformat(text if _DAY.fullmatch(text) else "no day"))
        except ValueError:
            return Cleaned(fault=Rule.NOT_A_DATE)

    def value_sql(self, cell: str) -> str:
        day = f"TRY_CAST({trim_sql(cell)} AS DATE)"
        return f"CASE WHEN {matches_sql(cell, _DAY.pattern)} THEN {day} END"

    def fault_sql(self, cell: str) -> str:
        return f"CASE WHEN {self.value_sql(cell)} IS NULL THEN {quote(Rule.NOT_A_DATE)} END"
