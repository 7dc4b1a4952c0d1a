"""From statements to figures, on whatever runs SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from ml.contract.use_case import UseCase
from ml.core.checks.figures import ColumnFigures, Figures, NumberFigures
from ml.core.checks.sql import OF, CheckSql
from ml.core.checks.table_types import TypeDiff, declared_types

#: Runs a statement over the views `clean` and `quarantine`; its rows by column name.
Run = Callable[[str], Iterable[Mapping[str, Any]]]

#: Half a year.
_WEEKS_KEPT = 26


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where figures come from.

    Parameters
    ----------
    run : callable
        Runs a statement over the views `clean` and `quarantine` and gives its rows.
    dialect : str
        Its SQL, by sqlglot's name.
    types : mapping of str to str
        Columns of the clean table with their types, see `types_of`.
    received, quarantined : int
        Rows of the file, and those of them held back.
    unknown : tuple of str, default=()
        Columns of the file that the schema does not know, in words.
    text : bool, default=False
        Whether there is a view `text`, of the cells as they were written.
    """

    run: Run
    dialect: str
    types: Mapping[str, str]
    received: int
    quarantined: int
    unknown: tuple[str, ...] = ()
    text: bool = False


def measure(use_case: UseCase, source: Source, reference: Figures | None = None) -> Figures:
    """Count a clean table.

    Parameters
    ----------
    use_case : UseCase
        Whose table it is.
    source : Source
        The table.
    reference : Figures or None, default=None
        What was counted before.

    Returns
    -------
    Figures
        Equal on every engine. Where columns lack or changed their types only those are told:
        counting the rest would fail or mean something else.
    """
    facts: dict[str, Any] = {
        "received": source.received,
        "quarantined": source.quarantined,
        "types": dict(source.types),
        "unknown": source.unknown,
        "rows": source.received - source.quarantined,
    }
    if TypeDiff.of(declared_types(use_case.schema), source.types).breaks:
        return Figures(**facts)
    sql = CheckSql(use_case=use_case, reference=reference, dialect=source.dialect)
    return Figures(**(facts | _counted(use_case, sql, source.run, reference)))


def _counted(
    use_case: UseCase, sql: CheckSql, run: Run, reference: Figures | None
) -> dict[str, Any]:
    (totals,) = run(sql.totals)
    found = run(sql.numbers) if sql.numbers else ()
    numbers = {row["name"]: _number(row) for row in found if isfinite(row["high"])}
    levels: dict[str, dict[str, int]] = {}
    for row in run(sql.levels):
        levels.setdefault(row["name"], {})[row["level"]] = int(row["n"])
    (contents,) = run(sql.contents)
    return {
        "rows": int(totals["rows"]),
        "ids": int(totals["ids"]),
        "strange_targets": int(totals["strange"]),
        "newest": totals["newest"],
        "contents": int(contents["contents"]),
        "columns": {
            column.name: ColumnFigures(
                number=numbers.get(column.name),
                levels=levels.get(column.name, {}),
                **{
                    figure: int(totals[f"{column.name}{OF}{figure}"])
                    for figure in ("present", "outside", "beyond")
                    if f"{column.name}{OF}{figure}" in totals
                },
            )
            for column in use_case.schema.columns
        },
        "held": {row["name"]: int(row["n"]) for row in run(sql.held)},
        "weeks": _weeks(run(sql.weeks) if sql.weeks else (), reference),
    }


def _number(row: Mapping[str, Any]) -> NumberFigures:
    values = ("low", "quarter", "median", "three_quarters", "high")
    return NumberFigures(
        **{name: float(row[name]) for name in values},
        most=int(row["most"]),
        distinct=int(row["distinct"]),
    )


def _weeks(rows: Iterable[Mapping[str, Any]], reference: Figures | None) -> dict[str, int]:
    """Weeks of before and of now; a file may hold one week, and history is more than that."""
    now = {str(row["week"]): int(row["n"]) for row in rows}
    every = (reference.weeks if reference else {}) | now
    return {week: every[week] for week in sorted(every)[-_WEEKS_KEPT:]}
