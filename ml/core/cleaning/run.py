"""The statements of cleaning in their order, over whatever runs SQL: the laptop's engine, Glue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import pyarrow as pa

from ml.contract.names import LINE
from ml.contract.records import RowCount
from ml.contract.spelling import identifier
from ml.core.cleaning.quarantined import quarantined
from ml.core.cleaning.sql import BROKEN, CLEAN, HELD, REPEATS, CleaningSql, render

#: Held rows in memory at a time, with all their words.
_HELD_ROWS = 5_000


class Tables(Protocol):
    """Tables by name, the table of text among them, and what runs SQL over them."""

    def keep(self, name: str, sql: str) -> int:
        """Keep a query's rows as one more table, in its order or the one table's; their number."""

    def one(self, sql: str) -> Mapping[str, Any]:
        """The only row of a query."""

    def batches(self, sql: str, size: int) -> Iterator[pa.RecordBatch]:
        """A query's rows in pieces, with memory that does not grow with them."""


def clean_tables(
    sql: CleaningSql, tables: Tables, admitted: RowCount
) -> tuple[RowCount, dict[str, int]]:
    """Make every table of cleaning, one after another.

    Parameters
    ----------
    sql : CleaningSql
        The statements, in the SQL of what runs them.
    tables : Tables
        Holds the table of text; the others are added.
    admitted : RowCount
        Where the file's rows went before.

    Returns
    -------
    RowCount
        Where they are now.
    dict of str to int
        Accepted rows per warning, and rows left out as repeats; only what was seen.

    Raises
    ------
    LeadwiseError
        If a row was lost on the way.
    """
    broken = tables.keep(BROKEN, sql.broken)
    repeats = tables.keep(REPEATS, sql.repeats)
    accepted = tables.keep(CLEAN, sql.clean if broken or repeats else sql.clean_whole)
    held = tables.keep(HELD, sql.held) if broken or repeats else 0
    counted = [tables.one(statement) for statement in (sql.warnings, sql.inconsistent) if statement]
    repeated = tables.one(sql.repeated)
    rows = RowCount(
        received=admitted.received,
        accepted=accepted,
        quarantined=admitted.quarantined + held,
        deduplicated=admitted.deduplicated + sum(repeated.values()),
    )
    seen = [*counted, repeated]
    return rows, {key: count for found in seen for key, count in found.items() if count}


def held_rows(sql: CleaningSql, tables: Tables) -> Iterator[pa.RecordBatch]:
    """Rows of the quarantine, by ascending line; only where `clean_tables` kept held rows."""
    every = render(f"SELECT * FROM {HELD} ORDER BY {identifier(LINE)}", sql.dialect)
    for batch in tables.batches(every, _HELD_ROWS):
        yield quarantined(batch, sql.schema)
