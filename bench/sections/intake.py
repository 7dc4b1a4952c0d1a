"""Intake and cleaning: how fast files come in, and whether memory stays flat."""

from __future__ import annotations

from shutil import rmtree
from statistics import median

from bench.context import Context, say
from bench.processes import Usage, work
from bench.results import Cell, Check, Findings, Table

_SIDES = (
    ("ours", "Leadwise: raw CSV to clean Parquet"),
    ("bare", "bare DuckDB, the same statements: raw CSV to clean Parquet"),
)
_TIMES_OF_SQL, _MOST_MEGABYTES, _FLAT = 1.3, 1_500, 1.25


def measure(context: Context) -> Findings:
    """Raw file to clean rows beside bare DuckDB, and the peak of memory at two sizes."""
    small, large = context.size(200_000, 5_000), context.size(1_000_000, 20_000)
    pairs = [_side_by_side(context, large) for _ in range(context.size(3, 1))]
    lines: list[tuple[Cell, ...]] = [_median(pairs, large, 0), _median(pairs, large, 1)]
    lines += _steps(context, large)
    lines += _careful(context, small)
    peaks = _peaks(context, large, context.size(5, 2))
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
        checks=_checks(_ratio(pairs), peaks),
        notes=(
            "*Raw CSV to clean Parquet* is ingest and clean: every fault is named by row, column "
            "and rule, faulty rows go to quarantine, repeats are found, and clean rows are "
            "fingerprinted. Bare DuckDB reads the file as text and runs the same three "
            "statements. Both sides ran in turns; medians. The steps below are those of a home, "
            "which fill the warehouse as well.",
        ),
    )


def _side_by_side(context: Context, rows: int) -> tuple[Usage, Usage]:
    say(f"  {rows:,} rows: raw to clean, ours and bare DuckDB")
    source, where = context.csv(rows, seed=3), context.scratch / "side-by-side"
    found = []
    for name in ("raw_to_clean", "bare_raw_to_clean"):
        found.append(work(name, source, where))
        rmtree(where)
    return found[0], found[1]


def _median(pairs: list[tuple[Usage, Usage]], rows: int, side: int) -> tuple[Cell, ...]:
    key, what = _SIDES[side]
    seconds = median(pair[side].answer[f"{key}_seconds"] for pair in pairs)
    cpu = median(pair[side].answer[f"{key}_cpu"] for pair in pairs)
    return rows, what, seconds, cpu, rows / seconds


def _ratio(pairs: list[tuple[Usage, Usage]]) -> float:
    """Ours over bare, of the turn in the middle."""
    return float(
        median(ours.answer["ours_seconds"] / bare.answer["bare_seconds"] for ours, bare in pairs)
    )


def _steps(context: Context, rows: int) -> list[tuple[Cell, ...]]:
    source, where = context.csv(rows, seed=3), context.scratch / f"intake-{rows}"
    ours = work("prepare", source, where).answer
    rmtree(where)
    bare = work("bare_duckdb", source, context.scratch / "bare.parquet").answer
    return [
        _line(rows, "step ingest", ours, "ingest"),
        _line(rows, "step clean, warehouse included", ours, "clean"),
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


def _checks(ratio: float, peaks: dict[int, Usage]) -> tuple[Check, ...]:
    small, large = (peak.peak_megabytes for peak in peaks.values())
    return (
        Check(figure="raw CSV to clean Parquet over the same SQL on bare DuckDB",
              measured=round(ratio, 2), at_most=_TIMES_OF_SQL),
        Check(figure=f"peak memory at {min(peaks):,} rows", measured=round(small), unit="MB",
              at_most=_MOST_MEGABYTES),
        Check(figure=f"peak memory at {max(peaks):,} rows", measured=round(large), unit="MB",
              at_most=_MOST_MEGABYTES),
        Check(figure=f"peak memory at {max(peaks):,} rows over {min(peaks):,}",
              measured=round(large / small, 2), at_most=_FLAT),
    )  # fmt: skip
