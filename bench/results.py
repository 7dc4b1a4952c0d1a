"""What a measurement leaves: tables, and figures held against their goals."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

Cell = str | int | float | None


@dataclass(frozen=True, kw_only=True)
class Table:
    """A titled table; numbers stay numbers until they are rendered."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Check:
    """A figure that has a goal: `at_least`, `at_most` or both."""

    figure: str
    measured: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the goal is reached; a figure that is no number reaches none."""
        above = self.at_least is None or self.measured >= self.at_least
        below = self.at_most is None or self.measured <= self.at_most
        return above and below


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a section measured.

    Parameters
    ----------
    data : str
        What it was measured on, seed included.
    tables : tuple of Table
    checks : tuple of Check, default=()
        Figures with a goal.
    notes : tuple of str, default=()
        What a reader has to know: what was left out and why, how peers were run.
    """

    data: str
    tables: tuple[Table, ...] = ()
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """Findings from what `asdict` gave and JSON kept."""
        tables = [
            Table(
                title=table["title"],
                columns=tuple(table["columns"]),
                rows=tuple(tuple(row) for row in table["rows"]),
            )
            for table in stored["tables"]
        ]
        return cls(
            data=stored["data"],
            tables=tuple(tables),
            checks=tuple(Check(**check) for check in stored["checks"]),
            notes=tuple(stored["notes"]),
        )


@dataclass(frozen=True, kw_only=True)
class Result:
    """A section's findings with where and when they were made."""

    name: str
    findings: Findings
    when: str
    commit: str
    seconds: float
    load: float
    quick: bool
    machine: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready values."""
        return asdict(self)

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """The result that `to_dict` made plain."""
        return cls(**stored | {"findings": Findings.of(stored["findings"])})
