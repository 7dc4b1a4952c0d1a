"""The statements that clean a table of text, for any engine.

Each statement reads tables by name and leaves one for the next:
`text` -> `broken`, `repeats` -> `clean`, held rows, warnings. Expressions stay flat and
statements few because every engine copies a filter's expressions to where they filter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ml.contract.consistency import Consistency
from ml.contract.faults import Rule
from ml.contract.moments import Moment
from ml.contract.names import LINE, Kind, Purpose
from ml.contract.schema import Column, Schema
from ml.contract.spelling import identifier, quote

WRITTEN_IN = "duckdb"
TEXT, BROKEN, REPEATS, CLEAN, HELD = "text", "broken", "repeats", "clean", "held"
#: Follows a column's name where a statement gives the column's fault beside its cell.
FAULT_MARK = "!"
#: The column that says why a row is in `repeats`.
WHY = "why"

_TYPES = {
    Kind.NUMBER: "DOUBLE",
    Kind.INTEGER: "BIGINT",
    Kind.YES_NO: "BOOLEAN",
    Kind.DATE: "DATE",
}
_LINE = identifier(LINE)


def judged_columns(schema: Schema, purpose: Purpose, moment: Moment) -> tuple[Column, ...]:
    """Columns whose faults hold a row back and whose values survive cleaning.

    Parameters
    ----------
    purpose : Purpose
        To train, every column; to score, the id and what a model for `moment` may see.
    """
    if purpose is Purpose.TRAIN:
        return schema.columns
    return (schema.id, *schema.features(moment))


def render(sql: str, dialect: str) -> str:
    """A statement, written in DuckDB's SQL, in an engine's.

    Parameters
    ----------
    dialect : str
        A name that sqlglot knows: 'duckdb', 'spark'.

    Examples
    --------
    >>> render("SELECT REGEXP_MATCHES(city, '^M')", "spark")
    "SELECT city RLIKE '^M'"
    """
    if dialect == WRITTEN_IN:
        return sql
    import sqlglot  # a server that cleans single records never needs it

    return sqlglot.parse_one(sql, read=WRITTEN_IN).sql(dialect)


@dataclass(frozen=True, kw_only=True)
class CleaningSql:
    """The statements for one schema.

    Parameters
    ----------
    schema : Schema
        The table of text has the line number and every source column by name, as VARCHAR.
    judged : tuple of Column
        Columns that are read, see `judged_columns`; the others come out empty.
    consistency : tuple of Consistency, default=()
        Relations whose breaches are counted.
    dialect : str, default='duckdb'
        The engine's SQL, by sqlglot's name.
    """

    schema: Schema
    judged: tuple[Column, ...]
    consistency: tuple[Consistency, ...] = ()
    dialect: str = WRITTEN_IN

    @cached_property
    def faulty(self) -> tuple[Column, ...]:
        """Judged columns that can hold a row back."""
        return tuple(column for column in self.judged if column.fault_sql("x") != "NULL")

    @cached_property
    def broken(self) -> str:
        """`text` -> one row per row with faults: its line, and per column the rule's code."""
        codes = {c.name: c.fault_sql(identifier(c.name)) for c in self.faulty}
        any_code = f"COALESCE({', '.join(codes.values())})"
        return self._render(
            f"SELECT {_listed(_LINE, _named(codes))} FROM {TEXT} WHERE {any_code} IS NOT NULL"
        )

    @cached_property
    def repeats(self) -> str:
        """`text` -> lines that repeat a row, and lines whose id means different rows.

        Equal clean content makes a row a repeat: of those the first stays, the others are
        DUPLICATE_ROW. Different content under one id is DUPLICATE_ID for every row that
        remains: nobody can tell which of them is the lead.
        """
        key = identifier(self.schema.id.name)
        content = self._content()
        names = ", ".join([key, *map(identifier, content)])
        present = f"NOT {self.schema.id.missing_sql(key)}"
        return self._render(
            f"WITH repeated AS (SELECT {key} FROM {TEXT} "
            f"GROUP BY {key} HAVING COUNT(*) > 1 AND {present}), "
            f"content AS (SELECT {_listed(_LINE, key, _named(content))} "
            f"FROM {TEXT} WHERE {key} IN (SELECT {key} FROM repeated)), "
            f"copies AS (SELECT {_LINE}, {key}, "
            f"ROW_NUMBER() OVER (PARTITION BY {names} ORDER BY {_LINE}) AS copy FROM content), "
            f"variants AS (SELECT {_LINE}, copy, "
            f"COUNT(CASE WHEN copy = 1 THEN 1 END) OVER (PARTITION BY {key}) AS variants "
            f"FROM copies) "
            f"SELECT {_LINE}, CASE WHEN copy > 1 THEN {quote(Rule.DUPLICATE_ROW)} "
            f"ELSE {quote(Rule.DUPLICATE_ID)} END AS {WHY} "
            f"FROM variants WHERE copy > 1 OR variants > 1"
        )

    def _content(self) -> dict[str, str]:
        """What makes two rows the same: clean values, and the cells that have none by a fault."""
        rest = [column for column in self.judged if column is not self.schema.id]
        values = {c.name: c.value_sql(identifier(c.name)) for c in rest}
        broken = {
            c.name + FAULT_MARK: f"CASE WHEN {c.fault_sql(identifier(c.name))} IS NOT NULL "
            f"THEN {identifier(c.name)} END"
            for c in self.faulty
            if c is not self.schema.id
        }
        return values | broken

    @cached_property
    def clean(self) -> str:
        """`text`, `broken`, `repeats` -> accepted rows, typed, with groups, by ascending line."""
        held = (
            f"ANTI JOIN (SELECT {_LINE} FROM {BROKEN} "
            f"UNION ALL SELECT {_LINE} FROM {REPEATS}) AS held USING ({_LINE})"
        )
        return self._render(f"{self._accepted(held)} ORDER BY {_LINE}")

    @cached_property
    def clean_whole(self) -> str:
        """The same of a `text` of which no row is held: an engine then has nothing to sort."""
        return self._render(self._accepted(""))

    def _accepted(self, held: str) -> str:
        values = {c.name: self._typed(c) for c in self.schema.columns}
        groups = {
            column.group.name: column.grouping.sql(identifier(column.name))
            for column in self.schema.columns
            if column.group and column.grouping
        }
        columns = _listed(_LINE, *map(identifier, values), _named(groups))
        typed = f"SELECT {_listed(_LINE, _named(values))} FROM {TEXT} {held}".rstrip()
        return f"SELECT {columns} FROM ({typed}) AS typed"

    def _typed(self, column: Column) -> str:
        value = column.value_sql(identifier(column.name)) if column in self.judged else "NULL"
        return f"TRY_CAST({value} AS {_TYPES.get(column.kind, 'VARCHAR')})"

    @cached_property
    def held(self) -> str:
        """`text`, `broken`, `repeats` -> rows for the quarantine: cells, codes, and `why`."""
        names = ", ".join(f"{TEXT}.{identifier(c.name)}" for c in self.schema.columns)
        codes = {c.name + FAULT_MARK: f"{BROKEN}.{identifier(c.name)}" for c in self.faulty}
        return self._render(
            f"SELECT {_listed(f'{TEXT}.{_LINE}', names, f'{REPEATS}.{WHY}', _named(codes))} "
            f"FROM {TEXT} SEMI JOIN (SELECT {_LINE} FROM {BROKEN} UNION ALL "
            f"SELECT {_LINE} FROM {REPEATS} WHERE {WHY} = {quote(Rule.DUPLICATE_ID)}) AS held "
            f"ON {TEXT}.{_LINE} = held.{_LINE} "
            f"LEFT JOIN {BROKEN} ON {TEXT}.{_LINE} = {BROKEN}.{_LINE} "
            f"LEFT JOIN {REPEATS} ON {TEXT}.{_LINE} = {REPEATS}.{_LINE} "
            f"WHERE {REPEATS}.{WHY} IS DISTINCT FROM {quote(Rule.DUPLICATE_ROW)} "
            f"ORDER BY {TEXT}.{_LINE}"
        )

    @cached_property
    def warnings(self) -> str:
        """`text`, `clean` -> one row: how many accepted rows warn, by rule and column."""
        odd = [column for column in self.judged if column.rule.warns]
        if not odd:
            return ""
        counts = {f"{c.rule.warns} {c.name}": f"COUNT({c.warning_sql(_of_text(c))})" for c in odd}
        suspect = " OR ".join(c.rule.suspect_sql(identifier(c.name)) for c in odd)
        return self._render(
            f"SELECT {_named(counts)} FROM {TEXT} "
            f"SEMI JOIN (SELECT {_LINE} FROM {CLEAN} WHERE {suspect}) AS suspect "
            f"ON {TEXT}.{_LINE} = suspect.{_LINE}"
        )

    @cached_property
    def inconsistent(self) -> str:
        """`clean` -> one row: how many rows break a relation, by what it compares."""
        counts = {
            " ".join(
                (Rule.INCONSISTENT, *check.columns)
            ): f"COUNT(CASE WHEN {check.broken_sql()} THEN 1 END)"
            for check in self.consistency
        }
        return self._render(f"SELECT {_named(counts)} FROM {CLEAN}") if counts else ""

    @cached_property
    def repeated(self) -> str:
        """`repeats` -> one row: how many rows repeat another."""
        key = identifier(f"{Rule.DUPLICATE_ROW} {self.schema.id.name}")
        return self._render(
            f"SELECT COUNT(CASE {WHY} WHEN {quote(Rule.DUPLICATE_ROW)} THEN 1 END) AS {key} "
            f"FROM {REPEATS}"
        )

    def _render(self, sql: str) -> str:
        return render(sql, self.dialect)


def _of_text(column: Column) -> str:
    return f"{TEXT}.{identifier(column.name)}"


def _named(expressions: dict[str, str]) -> str:
    return ", ".join(f"{sql} AS {identifier(name)}" for name, sql in expressions.items())


def _listed(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
