"""Figures of a clean table in memory, and what the checks say of them."""

from dataclasses import dataclass
from datetime import date
from functools import cache

import duckdb
import pyarrow as pa

from ml.contract.names import LINE
from ml.contract.records import Finding
from ml.contract.use_case import UseCase
from ml.core.checks import Figures, Source, judge, measure, types_of, with_examples
from ml.core.checks.sql import QUARANTINE
from ml.core.cleaning.sql import CLEAN, WRITTEN_IN
from ml.core.columns import table_of
from ml.core.quarantine import QUARANTINE_SCHEMA

TODAY = date(2025, 6, 30)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the checks say of a table."""

    figures: Figures
    findings: tuple[Finding, ...]

    def of(self, check: str) -> list[Finding]:
        """Findings of one check."""
        return [finding for finding in self.findings if finding.check == check]


def clean_file(use_case: UseCase, rows: list[dict[str, object]]) -> pa.Table:
    """Clean records as cleaning writes them, lines and all."""
    schema = use_case.schema
    table = table_of(rows, (*schema.columns, *schema.derived))
    return table.add_column(0, LINE, pa.array(range(2, 2 + len(rows)), pa.int64()))


def checked(
    use_case: UseCase,
    table: pa.Table,
    *,
    before: Figures | None = None,
    held: pa.Table | None = None,
    unknown: tuple[str, ...] = (),
    today: date = TODAY,
) -> Said:
    """Measure a clean table on DuckDB and judge it."""
    quarantine = QUARANTINE_SCHEMA.empty_table() if held is None else held
    views = _database()
    views.register(CLEAN, table)
    views.register(QUARANTINE, quarantine)
    lines = len(set(quarantine[LINE].to_pylist()))
    source = Source(
        run=lambda sql: views.sql(sql).to_arrow_table().to_pylist(),
        dialect=WRITTEN_IN,
        types=types_of(dict(zip(table.schema.names, map(str, table.schema.types), strict=True))),
        received=table.num_rows + lines,
        quarantined=lines,
        unknown=unknown,
    )
    figures = measure(use_case, source, before)
    findings = judge(use_case, figures, before, today=today)
    return Said(figures=figures, findings=with_examples(use_case, findings, source, before))


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """One for all: opening it takes longer than any statement on a small table."""
    return duckdb.connect(":memory:", config={"threads": 1})
