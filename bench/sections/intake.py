"""Intake and cleaning: how fast files come in, and whether memory stays flat."""

from __future__ import annotations

from shutil import rmtree

from bench.context import Context, say
from bench.processes import Usage, work
from bench.results import Cell, Check, Findings, Table

_TIMES_OF_SQL, _MOST_MEGABYTES, _FLAT = 1.3, 1_500, 1.25


def measure(context: Context) -> Findings:
    """Ingest and clean beside bare DuckDB, and the peak of memory at two sizes."""
    small, large = context.size(200_000, 5_000), context.size(1_000_000, 20_000)
    lines: list[tuple[Cell, ...]] = []
    for rows in (small, large):
        lines += _speed(context, rows)
    lines += _careful(context, small)
    peaks = _peaks(context, large, context.size(5, 2))
    ratio = _ratio(lines)
    return Findings(
        data="Synthetic leads (seed 3) as CSV; the largest file is the second largest several "
        "times over, under new ids. DuckDB is held to 768 MB on either side.",
        tables=(
            Table(
                title="Speed",
                columns=("rows", "work", "seconds", "CPU seconds", "rows/s"),
                rows=tuple(lines),
            ),
            Table(
                title="Peak memory of ingest and clean",
                columns=("rows", "MB", "seconds"),
                rows=tuple((n, peak.peak_megabytes, peak.seconds) for n, peak in peaks.items()),
            ),
        ),
        checks=_checks(ratio, peaks),
        notes=(
            "Bare DuckDB guesses types and takes what it gets; ingest names every fault by row, "
            "column and rule, and clean holds faulty rows back, finds repeats, hashes the rows "
            "and fills the warehouse. *Same SQL* is the three statements of the clean step alone.",
        ),
    )


def _speed(context: Context, rows: int) -> list[tuple[Cell, ...]]:
    say(f"  {rows:,} rows: ingest, clean, bare DuckDB")
    source, where = context.csv(rows, seed=3), context.scratch / f"intake-{rows}"
    ours = work("prepare", source, where, context.scratch / f"clean-{rows}-3.parquet").answer
    rmtree(where)
    bare = work("bare_duckdb", source, context.scratch / "bare.parquet").answer
    return [
        _line(rows, "ingest", ours, "ingest"),
        _line(rows, "clean", ours, "clean"),
        _line(rows, "same SQL on bare DuckDB", ours, "sql"),
        _line(rows, "bare DuckDB: CSV to Parquet, types guessed", bare, "duckdb"),
    ]


def _line(rows: int, what: str, found: dict[str, float], key: str) -> tuple[Cell, ...]:
    seconds = found[f"{key}_seconds"]
    return rows, what, seconds, found[f"{key}_cpu"], rows / seconds


def _careful(context: Context, rows: int) -> list[tuple[Cell, ...]]:
    file = context.scratch / "quoted.csv"
    work("quoted_lines", context.csv(rows, seed=3), file)
    where = context.scratch / "intake-quoted"
    ours = work("prepare", file, where).answer
    rmtree(where)
    return [_line(rows, "ingest, a quoted line break in every row", ours, "ingest")]


def _peaks(context: Context, rows: int, times: int) -> dict[int, Usage]:
    many = context.scratch / "many.csv"
    work("many_times", context.csv(rows, seed=3), many, str(times))
    found = {}
    for count, file in ((rows, context.csv(rows, seed=3)), (rows * times, many)):
        say(f"  {count:,} rows: peak memory")
        where = context.scratch / f"peak-{count}"
        found[count] = work("prepare_only", file, where)
        rmtree(where)
    many.unlink()
    return found


def _ratio(lines: list[tuple[Cell, ...]]) -> float:
    """Clean step over the same SQL, at the larger size."""
    seconds = {str(line[1]): line[2] for line in lines}
    ours, bare = seconds["clean"], seconds["same SQL on bare DuckDB"]
    assert isinstance(ours, float)
    assert isinstance(bare, float)
    return ours / bare


def _checks(ratio: float, peaks: dict[int, Usage]) -> tuple[Check, ...]:
    small, large = (peak.peak_megabytes for peak in peaks.values())
    return (
        Check(figure="clean step over the same SQL", measured=round(ratio, 2),
              at_most=_TIMES_OF_SQL),
        Check(figure=f"peak memory at {max(peaks):,} rows", measured=round(large), unit="MB",
              at_most=_MOST_MEGABYTES),
        Check(figure=f"peak memory at {max(peaks):,} rows over {min(peaks):,}",
              measured=round(large / small, 2), at_most=_FLAT),
    )  # fmt: skip
