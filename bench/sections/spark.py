"""The Glue job on one machine's Spark: the same rows, and how it grows."""

from __future__ import annotations

from shutil import rmtree

from bench.context import USE_CASE, Context, say
from bench.machine import ROOT
from bench.processes import Usage, measured, work
from bench.results import Check, Findings, Table
from ml.bootstrap import SPARK_PYTHON

_LINEAR = 1.25


def measure(context: Context) -> Findings:
    """One million rows by every path, and five million by Spark."""
    rows, times = context.size(1_000_000, 5_000), context.size(5, 2)
    small, large = context.csv(rows, seed=3), context.scratch / "spark-many.csv"
    work("many_times", small, large, str(times))
    say(f"  {rows:,} rows on DuckDB, and one record at a time")
    where = context.scratch / "spark-laptop"
    laptop = work("three_paths", small, where).answer
    rmtree(where)
    found = {}
    for count, file in ((rows, small), (rows * times, large)):
        say(f"  {count:,} rows on Spark")
        found[count] = _spark(file)
    large.unlink()
    return Findings(
        data="Synthetic leads (seed 3) as CSV; the larger file is the smaller one several times "
        "over, under new ids. Spark 3.5.6 as Glue 5.1 has it, on this machine's cores, its heap "
        "held to 3 GB.",
        tables=(_paths(rows, laptop, found[rows]), _growth(found)),
        checks=(
            Check(figure=f"paths that give the fingerprint of DuckDB, of {rows:,} rows",
                  measured=_equal(laptop, found[rows]), at_least=2),
            Check(figure="Spark's seconds per million rows, largest file over smallest",
                  measured=round(_growing(found), 2),
                  at_most=_LINEAR),
        ),
        notes=(
            "Seconds of Spark leave out starting it. The job admits the file on the driver, "
            "cleans it, writes clean rows and quarantine as Parquet, reads them back and "
            "fingerprints them; Iceberg and Redshift are not in it.",
        ),
    )  # fmt: skip


def _spark(file: object) -> Usage:
    return measured([str(SPARK_PYTHON), str(ROOT / "bench" / "spark_work.py"), USE_CASE, str(file)])


def _paths(rows: int, laptop: dict[str, float], spark: Usage) -> Table:
    seconds = spark.answer["clean_seconds"]
    lines = (
        ("DuckDB: ingest and clean", laptop["duckdb_seconds"], str(laptop["duckdb"])[:16]),
        ("Spark: the Glue job", seconds, spark.answer["canonical_hash"][:16]),
        ("one record at a time", laptop["record_seconds"], str(laptop["record"])[:16]),
    )
    return Table(
        title=f"Three paths over {rows:,} rows",
        columns=("path", "seconds", "canonical hash begins"),
        rows=lines,
    )


def _growth(found: dict[int, Usage]) -> Table:
    return Table(
        title="Spark as rows grow",
        columns=("rows", "seconds", "seconds per million", "CPU seconds", "largest process, MB"),
        rows=tuple(
            (rows, used.answer["clean_seconds"], used.answer["clean_seconds"] / rows * 1e6,
             used.cpu_seconds, used.peak_megabytes)
            for rows, used in found.items()
        ),
    )  # fmt: skip


def _equal(laptop: dict[str, float], spark: Usage) -> int:
    others = (laptop["record"], spark.answer["canonical_hash"])
    return sum(other == laptop["duckdb"] for other in others)


def _growing(found: dict[int, Usage]) -> float:
    """Seconds per row of the largest file over those of the smallest."""
    small, large = (found[rows].answer["clean_seconds"] / rows for rows in sorted(found))
    return float(large / small)
