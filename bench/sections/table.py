"""Scoring a table: a raw file of leads to a file of scores."""

from __future__ import annotations

from bench.context import USE_CASE, Context, say
from bench.processes import Usage, leadwise, work
from bench.results import Check, Findings, Table

_TIMES_FEWER_CPU, _TIMES_OF_PARTS, _MOST_MEGABYTES = 2.5, 1.25, 1_500


def measure(context: Context) -> Findings:
    """`leadwise score`, its two heavy parts alone, and pandas with the pipeline."""
    rows = context.size(1_000_000, 3_000)
    source, trained = context.csv(rows, seed=3), context.trained
    say(f"  scoring {rows:,} rows")
    ours = leadwise(
        "score", USE_CASE, "--input", source, "--output", context.scratch / "scored.parquet",
        "--home", trained, "--json",
    )  # fmt: skip
    parts = work("score_parts", source, context.scratch / "parts-home", trained)
    peer = work("pandas_pipeline", source, context.scratch / "peer.parquet", trained)
    return Findings(
        data=f"{rows:,} synthetic leads (seed 3), the model trained on synthetic leads.",
        tables=(_table(rows, ours, parts, peer),),
        checks=(
            Check(figure="CPU seconds of the pipeline's route over ours",
                  measured=round(peer.cpu_seconds / ours.cpu_seconds, 2),
                  at_least=_TIMES_FEWER_CPU),
            Check(figure="ours over clean and predict alone",
                  measured=round(ours.seconds / _alone(parts), 2), at_most=_TIMES_OF_PARTS),
            Check(figure="peak memory", measured=round(ours.peak_megabytes), unit="MB",
                  at_most=_MOST_MEGABYTES),
        ),
        notes=(
            "`leadwise score` starts from raw CSV: admission, cleaning, quarantine, doubts and "
            "bands are in its time, and starting Python as well; every column of the source comes "
            "back. pandas cleans whole columns, refuses nothing and says nothing of odd cells, and "
            "writes what the model reads and a probability.",
            "Cleaning and predicting alone: in one process, after its imports, predictions with "
            "as many threads as `leadwise score`.",
        ),
    )  # fmt: skip


def _alone(parts: Usage) -> float:
    return float(parts.answer["clean_seconds"] + parts.answer["predict_seconds"])


def _table(rows: int, ours: Usage, parts: Usage, peer: Usage) -> Table:
    found, theirs = parts.answer, peer.answer
    lines = (
        ("`leadwise score`: raw CSV to scored Parquet", ours.seconds, ours.cpu_seconds,
         rows / ours.seconds, ours.peak_megabytes),
        ("its cleaning alone", found["clean_seconds"], found["clean_cpu"],
         rows / found["clean_seconds"], None),
        ("its predictions alone", found["predict_seconds"], found["predict_cpu"],
         rows / found["predict_seconds"], None),
        ("pandas and the pipeline: raw CSV to scored Parquet", peer.seconds,
         peer.cpu_seconds, rows / peer.seconds, peer.peak_megabytes),
        ("the same, without starting Python", theirs["pandas_seconds"], theirs["pandas_cpu"],
         rows / theirs["pandas_seconds"], None),
    )  # fmt: skip
    return Table(
        title=f"{rows:,} rows",
        columns=("way", "seconds", "CPU seconds", "rows/s", "peak memory, MB"),
        rows=lines,
    )
