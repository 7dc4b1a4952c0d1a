"""Levels of a category: their spellings, and the broader groups that they belong to."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from ml.contract.cleaning import Cleaned, CleaningRule
from ml.contract.errors import InvalidUseCase
from ml.contract.faults import Rule
from ml.contract.names import NOT_CHOSEN, OTHER
from ml.contract.spelling import (
    BLANK_RUN,
    fold,
    quote,
    single_blanks_sql,
    spelled_sql,
)


@dataclass(frozen=True, kw_only=True)
class Levels(CleaningRule):
    """Brings every spelling of a level to the one that the schema lists.

    Parameters
    ----------
    levels : tuple of str
        Canonical levels, the frequent ones first for speed. With `Select` among them, "shown
        but not chosen" is a level of its own; without it that word means missing.
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
    known: dict[str, str | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known: dict[str, str | None] = {fold(level): level for level in self.levels}
        known |= {fold(spelling): level for spelling, level in self.spellings}
        known.setdefault(fold(OTHER), OTHER)
        unlisted = sorted({level for level in known.values() if level} - {*self.levels, OTHER})
        if unlisted:
            raise InvalidUseCase(
                f"spellings lead to {unlisted}, which are not among the levels; list them as levels"
            )
        known.setdefault(fold(NOT_CHOSEN), None)  # where it is no level, it is an empty answer
        object.__setattr__(self, "known", known)

    @property
    def warns(self) -> Rule | None:
        return Rule.UNSEEN_LEVEL

    @property
    def common(self) -> tuple[str, ...]:
        return self.levels

    def apply(self, text: str | None) -> Cleaned:
        if text is None:
            return Cleaned()
        key = fold(text)
        if key in self.known:
            return Cleaned(value=self.known[key])
        return Cleaned(value=OTHER, warning=Rule.UNSEEN_LEVEL)

    @cached_property
    def _spellings_of(self) -> dict[str | None, list[str]]:
        of: dict[str | None, list[str]] = {}
        for spelling, level in self.known.items():
            of.setdefault(level, []).append(spelling)
        return of

    def value_sql(self, cell: str) -> str:
        known = " ".join(
            f"WHEN {spelled_sql(cell, words)} THEN {quote(level) if level else 'NULL'}"
            for level, words in self._spellings_of.items()
        )
        return f"CASE {known} ELSE {quote(OTHER)} END"

    def warning_sql(self, cell: str) -> str:
        return f"CASE WHEN NOT {spelled_sql(cell, self.known)} THEN {quote(Rule.UNSEEN_LEVEL)} END"

    def suspect_sql(self, value: str) -> str:
        return f"{value} = {quote(OTHER)}"


@dataclass(frozen=True, kw_only=True)
class OpenLevels(CleaningRule):
    """Keeps a level's text with single blanks; for columns whose levels nobody can list."""

    def apply(self, text: str | None) -> Cleaned:
        return Cleaned(value=None if text is None else BLANK_RUN.sub(" ", text))

    def value_sql(self, cell: str) -> str:
        return single_blanks_sql(cell)


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
        listed = {level: group for group, levels in self.groups for level in levels}
        return listed | {NOT_CHOSEN: NOT_CHOSEN}

    def apply(self, level: str | None) -> str | None:
        """Group of one cleaned level."""
        return None if level is None else self.of_level.get(level, OTHER)

    def sql(self, level: str) -> str:
        """SQL of the group of a cleaned level."""
        known = " ".join(
            f"WHEN {quote(name)} THEN {quote(group)}" for name, group in self.of_level.items()
        )
        return (
            f"CASE {level} {known} ELSE CASE WHEN {level} IS NOT NULL THEN {quote(OTHER)} END END"
        )
