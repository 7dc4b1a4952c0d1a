"""Which rows a finding is about: the first few, by line and id, and words that nobody knew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ml.contract.faults import SHOWN_CHARACTERS
from ml.contract.names import LINE, OTHER, Check
from ml.contract.records import Finding
from ml.contract.schema import Column
from ml.contract.spelling import identifier, quote
from ml.contract.use_case import UseCase
from ml.core.checks.figures import Figures
from ml.core.checks.measure import Source
from ml.core.checks.seen import counted
from ml.core.checks.sql import (
    QUARANTINE,
    beyond_sql,
    content_columns,
    outside_sql,
    strange_target,
)
from ml.core.cleaning.sql import CLEAN, TEXT, render

_LINE = identifier(LINE)


def with_examples(
    use_case: UseCase,
    findings: Iterable[Finding],
    source: Source,
    reference: Figures | None = None,
) -> tuple[Finding, ...]:
    """Findings with the first rows that they are about, and with spellings that nobody listed.

    Parameters
    ----------
    use_case : UseCase
        Its policy says how many are named.
    findings : iterable of Finding
        Of `judge`.
    source : Source
        Where the figures came from.
    reference : Figures or None, default=None
        What numbers were held to.
    """
    look = _Look(use_case=use_case, source=source, reference=reference)
    return tuple(look.at(finding) for finding in findings)


@dataclass(frozen=True, kw_only=True)
class _Look:
    """Asks for rows, a few at a time."""

    use_case: UseCase
    source: Source
    reference: Figures | None

    def at(self, finding: Finding) -> Finding:
        """The finding with rows and spellings."""
        rows = self._few(_rows_sql(self.use_case, finding, self.reference))
        spelled = self._few(_spellings_sql(self.use_case, finding) if self.source.text else "")
        return replace(
            finding,
            lines=tuple(int(row[LINE]) for row in rows),
            ids=tuple(str(row["id"]) for row in rows if row.get("id") is not None),
            values=finding.values
            or tuple(counted(repr(_cut(row["cell"])), int(row["n"])) for row in spelled),
        )

    def _few(self, statement: str) -> list[Mapping[str, Any]]:
        if not statement:
            return []
        few = f"{statement} LIMIT {self.use_case.checks.examples}"
        return list(self.source.run(render(few, self.source.dialect)))


def _cut(cell: str) -> str:
    return cell if len(cell) <= SHOWN_CHARACTERS else cell[: SHOWN_CHARACTERS - 1] + "…"


def _spellings_sql(use_case: UseCase, finding: Finding) -> str:
    """Texts of a column that are no listed level, the frequent ones first."""
    if finding.check != Check.NEW_LEVELS:
        return ""
    column = use_case.schema[finding.columns[0]]
    cell = identifier(column.name)
    return (
        f"SELECT {cell} AS cell, COUNT(*) AS n FROM {TEXT} "
        f"WHERE {column.warning_sql(cell)} IS NOT NULL GROUP BY {cell} ORDER BY n DESC, cell"
    )


def _rows_sql(use_case: UseCase, finding: Finding, reference: Figures | None) -> str:
    key = identifier(use_case.schema.id.name)
    shown = f"{_LINE}, {key} AS id"
    match Check(finding.check):
        case Check.HELD_BACK:
            where = _of_sources(use_case, finding)
            return f"SELECT DISTINCT {_LINE} FROM {QUARANTINE} {where}ORDER BY {_LINE}"
        case Check.DUPLICATE_IDS:
            return _copies(shown, [key])
        case Check.REPEATED | Check.REPEATED_RISE:
            return _copies(shown, content_columns(use_case))
        case _:
            condition = _condition(use_case, finding, reference)
            rows = f"SELECT {shown} FROM {CLEAN} WHERE {condition} ORDER BY {_LINE}"
            return rows if condition else ""


def _of_sources(use_case: UseCase, finding: Finding) -> str:
    sources = ", ".join(quote(use_case.schema[name].source) for name in finding.columns)
    return f'WHERE "column" IN ({sources}) ' if sources else ""


def _copies(shown: str, columns: list[str]) -> str:
    """Rows after the first of those that are equal."""
    same = ", ".join(columns)
    return (
        f"SELECT {_LINE}, id FROM (SELECT {shown}, "
        f"ROW_NUMBER() OVER (PARTITION BY {same} ORDER BY {_LINE}) AS copy FROM {CLEAN}) AS copies "
        f"WHERE copy > 1 ORDER BY {_LINE}"
    )


def _condition(use_case: UseCase, finding: Finding, reference: Figures | None) -> str:
    if len(finding.columns) != 1 or not finding.rows:
        return ""
    column = use_case.schema[finding.columns[0]]
    cell = identifier(column.name)
    match Check(finding.check):
        case Check.RANGE:
            return outside_sql(column)
        case Check.MISSING | Check.MISSING_RISE:
            return f"{cell} IS NULL"
        case Check.OUTLIERS:
            return beyond_sql(column, reference)
        case Check.NEW_LEVELS:
            return " OR ".join(_new_levels(column, cell, reference))
        case Check.TARGET:
            return strange_target(use_case)
        case _:
            return ""


def _new_levels(column: Column, cell: str, reference: Figures | None) -> Iterator[str]:
    if column.levels:
        yield f"{cell} = {quote(OTHER)}"
    elif reference is not None:
        known = ", ".join(map(quote, reference.columns[column.name].levels))
        yield f"TRY_CAST({cell} AS VARCHAR) NOT IN ({known})" if known else f"{cell} IS NOT NULL"
