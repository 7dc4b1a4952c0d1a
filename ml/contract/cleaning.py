"""Cleaning rules: each says the same thing twice, as SQL for tables and as Python for one record.

The SQL is DuckDB's dialect and uses only what Spark and Redshift can express too;
`ml.core.cleaning` renders it for an engine through sqlglot. Casts are always `TRY_CAST`.
Letters fold by ASCII only, so that every engine folds alike; Unicode was brought to
NFKC when the file was read.
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import NamedTuple

from ml.contract.errors import InvalidUseCase
from ml.contract.faults import Rule
from ml.contract.names import NOT_CHOSEN, OTHER

Value = str | float | int | bool | date | None

_BLANKS = " \t\r\n\f\v"
_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_FOLD = str.maketrans(_UPPER, _LOWER)
_BLANK_RUN = re.compile(r"[ \t\r\n\f\v]+")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_INFINITE = re.compile(r"[+-]?inf(inity)?")
_DAY = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}")
_LARGEST = "1.7976931348623157e308"

#: Spellings of an empty cell, in folded form; a column may declare its own.
MISSING_WORDS = ("", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "-", "?")
YES_WORDS = ("yes", "y", "true", "1", "1.0")
NO_WORDS = ("no", "n", "false", "0", "0.0")


def fold(text: str) -> str:
    """Key under which spellings of the same level meet.

    Examples
    --------
    >>> fold("  Google ") == fold("google")
    True
    >>> fold("Interested  in full time MBA")
    'interested in full time mba'
    """
    return _BLANK_RUN.sub(" ", text.strip(_BLANKS)).translate(_FOLD)


def quote(text: str) -> str:
    """Text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def trim_sql(text: str) -> str:
    """SQL for `text` without blanks at its ends."""
    return f"TRIM({text}, {quote(_BLANKS)})"


def fold_sql(text: str) -> str:
    """SQL twin of `fold`."""
    single = f"REGEXP_REPLACE({trim_sql(text)}, {quote(f'[{_BLANKS}]+')}, ' ', 'g')"
    return f"TRANSLATE({single}, {quote(_UPPER)}, {quote(_LOWER)})"


def _in(text: str, words: Iterable[str]) -> str:
    return f"{text} IN ({', '.join(quote(word) for word in words)})"


class Cleaned(NamedTuple):
    """A cell after cleaning: its value, and what is wrong with it or odd about it."""

    value: Value = None
    fault: Rule | None = None
    warning: Rule | None = None


class CleaningRule(ABC):
    """Turns the text of a cell into a value.

    The three SQL methods take the SQL of a text that is trimmed and NULL when missing;
    `apply` takes the same text or None.
    """

    @abstractmethod
    def apply(self, text: str | None) -> Cleaned:
        """Value, fault and warning of one cell."""

    @abstractmethod
    def value_sql(self, text: str) -> str:
        """SQL of the value."""

    def fault_sql(self, text: str) -> str:
        """SQL of the broken rule's code, NULL where there is none."""
        return "NULL"

    def warning_sql(self, text: str) -> str:
        """SQL of the warning's code, NULL where there is none."""
        return "NULL"


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

    def apply(self, text: str | None) -> Cleaned:
        if text is None:
            return Cleaned(fault=Rule.ID_MISSING if self.required else None)
        return Cleaned(value=text, fault=Rule.ID_TOO_LONG if len(text) > self.longest else None)

    def value_sql(self, text: str) -> str:
        return text

    def fault_sql(self, text: str) -> str:
        missing = f"WHEN {text} IS NULL THEN {quote(Rule.ID_MISSING)} " if self.required else ""
        return (
            f"CASE {missing}WHEN LENGTH({text}) > {self.longest} THEN {quote(Rule.ID_TOO_LONG)} END"
        )


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
            raise InvalidUseCase(
                f"bounds {self.low}..{self.high} must ascend within -9e15..9e15, where floats count exactly"
            )

    def apply(self, text: str | None) -> Cleaned:
        if text is None:
            return Cleaned()
        if not _NUMBER.fullmatch(text):
            infinite = _INFINITE.fullmatch(text.translate(_FOLD))
            return Cleaned(fault=Rule.NOT_FINITE if infinite else Rule.NUMBER_FORMAT)
        number = float(text) or 0.0  # "-0" is zero
        fault = self.fault_of(number)
        if fault is not None:
            return Cleaned(fault=fault)
        odd = self.usual_high is not None and number > self.usual_high
        return Cleaned(int(number) if self.integer else number, None, Rule.OUTLIER if odd else None)

    def fault_of(self, number: float) -> Rule | None:
        """The bound that a number breaks, if any."""
        if not math.isfinite(number):
            return Rule.NOT_FINITE
        if number < 0 <= self.low:
            return Rule.NEGATIVE
        if not self.low <= number <= self.high:
            return Rule.OUT_OF_RANGE
        return Rule.NOT_INTEGER if self.integer and number != math.floor(number) else None

    def value_sql(self, text: str) -> str:
        number = f"TRY_CAST({text} AS DOUBLE)"
        if self.integer:  # bounds first: a cast of 1e300 to BIGINT differs between engines
            return f"CASE WHEN {number} BETWEEN {self.low!r} AND {self.high!r} THEN TRY_CAST({number} AS BIGINT) END"
        return f"CASE WHEN {number} = 0 THEN 0.0 ELSE {number} END"

    def fault_sql(self, text: str) -> str:
        number = f"TRY_CAST({text} AS DOUBLE)"
        folded = f"TRANSLATE({text}, {quote(_UPPER)}, {quote(_LOWER)})"
        negative = f"WHEN {number} < 0 THEN {quote(Rule.NEGATIVE)} " if self.low >= 0 else ""
        fraction = (
            f"WHEN {number} <> FLOOR({number}) THEN {quote(Rule.NOT_INTEGER)} "
            if self.integer
            else ""
        )
        return (
            f"CASE WHEN {text} IS NULL THEN NULL "
            f"WHEN REGEXP_MATCHES({folded}, '^{_INFINITE.pattern}$') THEN {quote(Rule.NOT_FINITE)} "
            f"WHEN NOT REGEXP_MATCHES({text}, '^{_NUMBER.pattern}$') THEN {quote(Rule.NUMBER_FORMAT)} "
            f"WHEN ABS({number}) > {_LARGEST} THEN {quote(Rule.NOT_FINITE)} "
            f"{negative}WHEN {number} NOT BETWEEN {self.low!r} AND {self.high!r} THEN {quote(Rule.OUT_OF_RANGE)} "
            f"{fraction}END"
        )

    def warning_sql(self, text: str) -> str:
        if self.usual_high is None:
            return "NULL"
        return f"CASE WHEN TRY_CAST({text} AS DOUBLE) > {self.usual_high!r} THEN {quote(Rule.OUTLIER)} END"


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

    def apply(self, text: str | None) -> Cleaned:
        if text is None:
            return Cleaned()
        word = fold(text)
        if word in self.yes or word in self.no:
            return Cleaned(value=word in self.yes)
        return Cleaned(fault=Rule.NOT_YES_NO)

    def value_sql(self, text: str) -> str:
        word = fold_sql(text)
        return f"CASE WHEN {_in(word, self.yes)} THEN TRUE WHEN {_in(word, self.no)} THEN FALSE END"

    def fault_sql(self, text: str) -> str:
        return f"CASE WHEN NOT {_in(fold_sql(text), self.yes + self.no)} THEN {quote(Rule.NOT_YES_NO)} END"


@dataclass(frozen=True, kw_only=True)
class Levels(CleaningRule):
    """Brings every spelling of a level to the one that the schema lists.

    Parameters
    ----------
    levels : tuple of str
        Canonical levels. With `Select` among them, "shown but not chosen" is a level of
        its own; without it that word means missing.
    spellings : tuple of (str, str), default=()
        Further spellings, each with the level that it means.

    Notes
    -----
    A level that is not listed becomes `Other` with a warning: never a fault, never the
    most frequent level.

    Examples
    --------
    >>> rule = Levels(levels=("Google", "Direct Traffic"))
    >>> rule.apply("google").value, rule.apply("Gogle").warning
    ('Google', <Rule.UNSEEN_LEVEL: 'UNSEEN_LEVEL'>)
    """

    levels: tuple[str, ...]
    spellings: tuple[tuple[str, str], ...] = ()
    known: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = {fold(level): level for level in self.levels}
        known |= {fold(spelling): level for spelling, level in self.spellings}
        known.setdefault(fold(OTHER), OTHER)
        unlisted = sorted(set(known.values()) - set(self.levels) - {OTHER})
        if unlisted:
            raise InvalidUseCase(
                f"spellings lead to {unlisted}, which are not among the levels; list them as levels"
            )
        object.__setattr__(self, "known", known)

    @cached_property
    def _not_chosen_is_missing(self) -> bool:
        return NOT_CHOSEN not in self.levels

    def apply(self, text: str | None) -> Cleaned:
        if text is None:
            return Cleaned()
        key = fold(text)
        if self._not_chosen_is_missing and key == fold(NOT_CHOSEN):
            return Cleaned()
        level = self.known.get(key)
        return Cleaned(value=level) if level else Cleaned(value=OTHER, warning=Rule.UNSEEN_LEVEL)

    def value_sql(self, text: str) -> str:
        missing = (
            f"WHEN {quote(fold(NOT_CHOSEN))} THEN NULL " if self._not_chosen_is_missing else ""
        )
        known = " ".join(
            f"WHEN {quote(word)} THEN {quote(level)}" for word, level in self.known.items()
        )
        return f"CASE WHEN {text} IS NOT NULL THEN (CASE {fold_sql(text)} {missing}{known} ELSE {quote(OTHER)} END) END"

    def warning_sql(self, text: str) -> str:
        words = [*self.known, *([fold(NOT_CHOSEN)] if self._not_chosen_is_missing else [])]
        return f"CASE WHEN NOT {_in(fold_sql(text), words)} THEN {quote(Rule.UNSEEN_LEVEL)} END"


@dataclass(frozen=True, kw_only=True)
class OpenLevels(CleaningRule):
    """Keeps a level's text with single blanks; for columns whose levels nobody can list."""

    def apply(self, text: str | None) -> Cleaned:
        return Cleaned(value=None if text is None else _BLANK_RUN.sub(" ", text))

    def value_sql(self, text: str) -> str:
        return f"REGEXP_REPLACE({text}, {quote(f'[{_BLANKS}]+')}, ' ', 'g')"


@dataclass(frozen=True, kw_only=True)
class Day(CleaningRule):
    """Reads a calendar day written as 2025-01-31."""

    def apply(self, text: str | None) -> Cleaned:
        if text is None:
            return Cleaned()
        try:
            return Cleaned(
                value=date.fromisoformat(text) if _DAY.fullmatch(text) else None,
                fault=self._fault(text),
            )
        except ValueError:
            return Cleaned(fault=Rule.NOT_A_DATE)

    @staticmethod
    def _fault(text: str) -> Rule | None:
        return None if _DAY.fullmatch(text) else Rule.NOT_A_DATE

    def value_sql(self, text: str) -> str:
        return f"CASE WHEN REGEXP_MATCHES({text}, '^{_DAY.pattern}$') THEN TRY_CAST({text} AS DATE) END"

    def fault_sql(self, text: str) -> str:
        return f"CASE WHEN {text} IS NOT NULL AND {self.value_sql(text)} IS NULL THEN {quote(Rule.NOT_A_DATE)} END"


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """Collects levels into fewer, broader groups.

    Parameters
    ----------
    groups : tuple of (str, tuple of str)
        Each group with its levels. `Select` and missing stay what they are; every other
        level becomes `Other`.

    Examples
    --------
    >>> Grouping(groups=(("Metro", ("Mumbai", "Thane & Outskirts")),)).apply("Mumbai")
    'Metro'
    """

    groups: tuple[tuple[str, tuple[str, ...]], ...]

    @cached_property
    def of_level(self) -> dict[str, str]:
        """Group of each level."""
        return {level: group for group, levels in self.groups for level in levels} | {
            NOT_CHOSEN: NOT_CHOSEN
        }

    def apply(self, level: str | None) -> str | None:
        """Group of one cleaned level."""
        return None if level is None else self.of_level.get(level, OTHER)

    def sql(self, level: str) -> str:
        """SQL of the group of a cleaned level."""
        known = " ".join(
            f"WHEN {quote(name)} THEN {quote(group)}" for name, group in self.of_level.items()
        )
        return f"CASE WHEN {level} IS NULL THEN NULL ELSE (CASE {level} {known} ELSE {quote(OTHER)} END) END"
