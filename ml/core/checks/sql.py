"""The statements that count a clean table, for any engine: written in DuckDB's words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ml.contract.checks import LEVEL_KINDS, NUMBER_KINDS
from ml.contract.names import LINE, Role
from ml.contract.schema import Column
from ml.contract.spelling import identifier, quote
from ml.contract.use_case import UseCase
from ml.core.checks.bounds import usual_bounds
from ml.core.checks.figures import LEVELS_KEPT, Figures
from ml.core.cleaning.sql import CLEAN, WRITTEN_IN, render

QUARANTINE = "quarantine"
#: Between a column's name and a figure's.
OF = ":"
_NOT_CONTENT = (Role.ID, Role.ORDER, Role.TIME)


@dataclass(frozen=True, kw_only=True)
class CheckSql:
    """The statements for one use case, over the views `clean` and `quarantine`.

    Parameters
    ----------
    use_case : UseCase
        Whose table it is.
    reference : Figures or None, default=None
        What was counted before: numbers without a declared bound are held to it.
    dialect : str, default='duckdb'
        The engine's SQL, by sqlglot's name.
    """

    use_case: UseCase
    reference: Figures | None = None
    dialect: str = WRITTEN_IN

    @cached_property
    def totals(self) -> str:
        """`clean` -> one row: rows, ids, the newest day, and counts of each column."""
        schema = self.use_case.schema
        counts = {
            "rows": "COUNT(*)",
            "ids": f"COUNT(DISTINCT {identifier(schema.id.name)})",
            "strange": f"COUNT(CASE WHEN {strange_target(self.use_case)} THEN 1 END)",
            "newest": self._newest(),
        }
        for column in schema.columns:
            counts |= self._counts(column)
        return self._render(f"SELECT {_named(counts)} FROM {CLEAN}")

    def _newest(self) -> str:
        time = self.use_case.schema.with_role(Role.TIME)
        newest = f"MAX({identifier(time[0].name)})" if time else "NULL"
        return f"TRY_CAST({newest} AS VARCHAR)"

    def _counts(self, column: Column) -> dict[str, str]:
        cell = identifier(column.name)
        counts = {f"{column.name}{OF}present": f"COUNT({cell})"}
        if column.kind in NUMBER_KINDS:
            outside = f"CASE WHEN {outside_sql(column)} THEN 1 END"
            counts[f"{column.name}{OF}outside"] = f"COUNT({outside})"
        beyond = beyond_sql(column, self.reference)
        if beyond:
            counts[f"{column.name}{OF}beyond"] = f"COUNT(CASE WHEN {beyond} THEN 1 END)"
        return counts

    @cached_property
    def numbers(self) -> str:
        """`clean` -> one row per number with any value: quartiles, extremes, most frequent."""
        columns = [c for c in self.use_case.schema.columns if c.kind in NUMBER_KINDS]
        if not columns:
            return ""
        each = (
            f"SELECT {quote(c.name)} AS name, TRY_CAST({identifier(c.name)} AS DOUBLE) AS x, "
            f"COUNT(*) AS n FROM {CLEAN} "
            f"WHERE {_finite(c)} GROUP BY {identifier(c.name)}"
            for c in columns
        )
        return self._render(
            f"WITH counted AS ({' UNION ALL '.join(each)}), "
            "summed AS (SELECT name, x, n, SUM(n) OVER (PARTITION BY name ORDER BY x) AS upto, "
            "SUM(n) OVER (PARTITION BY name) AS total FROM counted) "
            f"SELECT name, MIN(x) AS low, {_quantile(1)} AS quarter, {_quantile(2)} AS median, "
            f"{_quantile(3)} AS three_quarters, MAX(x) AS high, MAX(n) AS most, "
            'COUNT(*) AS "distinct" FROM summed GROUP BY name'
        )

    @cached_property
    def levels(self) -> str:
        """`clean` -> rows per level of each column that has levels, and of the target."""
        schema = self.use_case.schema
        columns = [c for c in schema.columns if c.kind in LEVEL_KINDS or c is schema.target]
        each = (
            f"SELECT {quote(c.name)} AS name, {_level_sql(c)} AS level, COUNT(*) AS n "
            f"FROM {CLEAN} WHERE {identifier(c.name)} IS NOT NULL GROUP BY {identifier(c.name)}"
            for c in columns
        )
        return self._render(
            f"SELECT name, level, n FROM (SELECT name, level, n, "
            f"ROW_NUMBER() OVER (PARTITION BY name ORDER BY n DESC, level) AS place "
            f"FROM ({' UNION ALL '.join(each)}) AS counted) AS placed "
            f"WHERE place <= {LEVELS_KEPT} ORDER BY name, place"
        )

    @cached_property
    def contents(self) -> str:
        """`clean` -> one row: how many rows differ in more than ids and dates."""
        return self._render(
            f"SELECT COUNT(*) AS contents FROM (SELECT 1 AS one FROM {CLEAN} "
            f"GROUP BY {', '.join(content_columns(self.use_case))}) AS differing"
        )

    @cached_property
    def weeks(self) -> str:
        """`clean` -> rows per week, by its Monday; empty without a time column."""
        time = self.use_case.schema.with_role(Role.TIME)
        if not time:
            return ""
        day = identifier(time[0].name)
        monday = f"TRY_CAST(TRY_CAST(DATE_TRUNC('week', {day}) AS DATE) AS VARCHAR)"
        return self._render(
            f"SELECT week, COUNT(*) AS n FROM (SELECT {monday} AS week FROM {CLEAN} "
            f"WHERE {day} IS NOT NULL) AS dated GROUP BY week ORDER BY week"
        )

    @cached_property
    def held(self) -> str:
        """`quarantine` -> rows held back per source column."""
        return self._render(
            f"SELECT COALESCE(\"column\", '') AS name, COUNT(DISTINCT {identifier(LINE)}) AS n "
            f"FROM {QUARANTINE} GROUP BY COALESCE(\"column\", '') ORDER BY name"
        )

    def _render(self, sql: str) -> str:
        return render(sql, self.dialect)


def outside_sql(column: Column) -> str:
    """SQL condition: a value beyond the hard bounds, or not finite."""
    cell = identifier(column.name)
    within = f"{cell} BETWEEN {column.low!r} AND {column.high!r}"
    return f"{cell} IS NOT NULL AND NOT ({within} AND {_finite(column)})"


def _finite(column: Column) -> str:
    """Whether a value is neither NaN nor infinite.

    From a file's extremes, which leave NaN out, DuckDB concludes that nothing is NaN and that
    everything is within bounds; a difference it computes.
    """
    cell = identifier(column.name)
    return f"{cell} - {cell} = 0"


def beyond_sql(column: Column, reference: Figures | None) -> str:
    """SQL condition: a value beyond what is usual; empty where nothing says what is."""
    bounds = usual_bounds(column, reference) if column.kind in NUMBER_KINDS else None
    if bounds is None:
        return ""
    cell = identifier(column.name)
    return f"{cell} < {bounds[0]!r} OR {cell} > {bounds[1]!r}"


def strange_target(use_case: UseCase) -> str:
    """SQL condition: an outcome that the task does not know."""
    cell = _level_sql(use_case.schema.target)
    known = ", ".join(map(quote, use_case.task.target_words))
    return f"{cell} IS NULL OR {cell} NOT IN ({known})"


def _level_sql(column: Column) -> str:
    """SQL of a level as text; an outcome as the digits that the task knows."""
    cell = identifier(column.name)
    known = f"TRY_CAST({cell} AS BIGINT)" if column.role is Role.TARGET else cell
    return f"TRY_CAST({known} AS VARCHAR)"


def content_columns(use_case: UseCase) -> list[str]:
    """Columns that make a row what it is: all but ids and dates of arrival."""
    return [identifier(c.name) for c in use_case.schema.columns if c.role not in _NOT_CONTENT]


def _quantile(quarters: int) -> str:
    """The smallest value that so many quarters of the rows do not exceed."""
    return f"MIN(CASE WHEN 4 * upto >= {quarters} * total THEN x END)"


def _named(expressions: dict[str, str]) -> str:
    return ", ".join(f"{sql} AS {identifier(name)}" for name, sql in expressions.items())
