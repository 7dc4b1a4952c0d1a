"""The warehouse: rows that come by UNLOAD beside rows that come page by page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.context import Context, say
from bench.results import Cell, Check, Findings, Table
from ml.adapters.duckdb_warehouse import DuckdbWarehouse
from ml.contract.names import Table as TableOf
from ml.ports import Warehouse
from tests.support.postgres import postgres
from tests.support.redshift import Redshift, redshift

_TIMES_OF_PAGING = 50
_ALL_BYTES = 2**62


def measure(context: Context) -> Findings:
    """Load, UNLOAD and paging on the stand-in for Redshift; load and export on the laptop."""
    rows, paged = context.size(1_000_000, 5_000), context.size(20_000, 1_000)
    file = context.clean_file(rows)
    with _running() as away:
        found = _both_ways(context, away.warehouse(), file, "Redshift", rows)
        found["paging"] = _paging(context, away, paged)
    home = DuckdbWarehouse(context.scratch / "bench.duckdb")
    local = _both_ways(context, home, file, "DuckDB", rows)
    times = (rows / found["export"][1]) / (paged / found["paging"][1])
    return Findings(
        data=f"{rows:,} clean synthetic leads of {_columns(context)} columns (seed 3).",
        tables=(
            Table(
                title="Rows into the warehouse and back",
                columns=("warehouse", "what", "rows", "seconds", "rows/s"),
                rows=(
                    _line("Redshift", "load: Parquet to S3, COPY", found["load"]),
                    _line("Redshift", "export: UNLOAD to Parquet, one file", found["export"]),
                    _line("Redshift", "query: page by page", found["paging"]),
                    _line("DuckDB", "load", local["load"]),
                    _line("DuckDB", "export", local["export"]),
                ),
            ),
        ),
        checks=(
            Check(
                figure="rows/s by UNLOAD over rows/s by paging",
                measured=round(times, 1),
                at_least=_TIMES_OF_PAGING,
            ),
        ),
        notes=(
            "Redshift is played by its Data API's protocol in front of PostgreSQL, and by moto's "
            "S3, all in one process: the ratio says what each way costs a client and how often it "
            "asks, not how fast Redshift is.",
            f"Pages of 1 MB were read for {paged:,} rows only: paging takes as long per row "
            "whatever the number, and a result may have 500 MB.",
        ),
    )


@contextmanager
def _running() -> Iterator[Redshift]:
    with (
        postgres() as uri,
        pytest.MonkeyPatch.context() as patched,
        redshift(uri, patched) as running,
    ):
        yield running


Taken = tuple[int, float]


def _both_ways(
    context: Context, warehouse: Warehouse, file: Path, name: str, rows: int
) -> dict[str, Taken]:
    case = context.use_case
    table = f"{case.name}.{TableOf.LEADS}"
    warehouse.prepare(case)
    say(f"  {rows:,} rows into {name} and back")
    out = context.scratch / f"{name}.parquet"
    return {
        "load": _timed(lambda: warehouse.load(table, file, "v1")),
        "export": _second(lambda: warehouse.export(f"SELECT * FROM {table}", out)),
    }


def _paging(context: Context, away: Redshift, rows: int) -> Taken:
    say(f"  {rows:,} rows page by page")
    warehouse = away.warehouse(paged_bytes=_ALL_BYTES)
    sql = f"SELECT * FROM {context.use_case.name}.{TableOf.LEADS} LIMIT {rows}"
    return _second(lambda: warehouse.query(sql).num_rows)


def _second(work: Callable[[], int]) -> Taken:
    """The second time: the first reader of new rows does work for all that follow."""
    work()
    return _timed(work)


def _timed(work: Callable[[], int]) -> Taken:
    began = time.perf_counter()
    rows = work()
    return rows, time.perf_counter() - began


def _line(warehouse: str, what: str, taken: Taken) -> tuple[Cell, ...]:
    rows, seconds = taken
    return warehouse, what, rows, round(seconds, 2), rows / seconds


def _columns(context: Context) -> int:
    schema = context.use_case.schema
    return len(schema.columns) + len(schema.derived) + 1
