"""Scoring a table: a raw file of leads to a file of scores."""

from __future__ import annotations

from pathlib import Path

from bench.context import USE_CASE, Context, say
from bench.processes import Usage, leadwise, work
from bench.results import Check, Findings, Table

#: Times the file is repeated to see that memory stays flat.
_LONGER = 5
#: So few that scoring them is starting and stopping.
_FEW = 100
_TIMES_FEWER_CPU, _TIMES_OF_PARTS, _MOST_MEGABYTES = 2.5, 1.25, 1_500


def measure(context: Context) -> Findings:
    """`leadwise score`, its heavy parts alone, and pandas with the pipeline."""
    rows = context.size(1_000_000, 3_000)
    source, trained = context.csv(rows, seed=3), context.trained
    say(f"  scoring {rows:,} rows")
    ours, start = _scored(source, context), _scored(context.csv(_FEW, seed=3), context)
    parts = work("score_parts", source, context.scratch / "parts-home", trained)
    peer = work("pandas_pipeline", source, context.scratch / "peer.parquet", trained)
    longer = _longer(context, source)
    return Findings(
        data=f"{rows:,} synthetic leads (seed 3), the model trained on synthetic leads.",
        tables=(_table(rows, ours, start, parts, peer, longer),),
        checks=(
            Check(figure="CPU seconds of the pipeline's route over ours",
                  measured=round(peer.cpu_seconds / ours.cpu_seconds, 2),
                  at_least=_TIMES_FEWER_CPU),
            Check(figure="ours without its start over clean (from the raw file) and predict alone",
                  measured=round((ours.seconds - start.seconds) / _alone(parts), 2),
                  at_most=_TIMES_OF_PARTS),
            Check(figure=f"peak memory at {rows:,} rows", measured=round(ours.peak_megabytes),
                  unit="MB", at_most=_MOST_MEGABYTES),
            Check(figure=f"peak memory at {rows * _LONGER:,} rows",
                  measured=round(longer.peak_megabytes), unit="MB", at_most=_MOST_MEGABYTES),
        ),
        notes=(
            "`leadwise score` starts from raw CSV: admission, cleaning, quarantine, doubts and "
            "bands are in its time, and starting Python as well; every column of the source comes "
            "back. pandas cleans whole columns, refuses nothing and says nothing of odd cells, and "
            "writes what the model reads and a probability.",
            "Cleaning and predicting alone: in one process, after its imports; so the start of "
            "`leadwise score` is taken off where it is held against them. Cleaning begins "
            "with the raw file, as in *Intake and cleaning*: its lines are the reading and the "
            "cleaning. The leads have no faults; where rows are held back, cleaning sorts as well "
            "and takes some 2 CPU seconds more per million rows.",
        ),
    )  # fmt: skip


def _scored(source: Path, context: Context) -> Usage:
    return leadwise(
        "score", USE_CASE, "--input", source, "--output", context.scratch / "scored.parquet",
        "--home", context.trained, "--json",
    )  # fmt: skip


def _longer(context: Context, source: Path) -> Usage:
    many = context.scratch / "many-to-score.csv"
    work("many_times", source, many, str(_LONGER))
    say("  the same, several times as long")
    used = _scored(many, context)
    many.unlink()
    return used


def _alone(parts: Usage) -> float:
    return float(sum(parts.answer[f"{part}_seconds"] for part in ("read", "clean", "predict")))


def _table(rows: int, ours: Usage, start: Usage, parts: Usage, peer: Usage, longer: Usage) -> Table:
    found, theirs, many = parts.answer, peer.answer, rows * _LONGER
    lines = (
        ("`leadwise score`: raw CSV to scored Parquet", ours.seconds, ours.cpu_seconds,
         rows / ours.seconds, ours.peak_megabytes),
        (f"the same of {_FEW} rows: its start", start.seconds, start.cpu_seconds,
         _FEW / start.seconds, start.peak_megabytes),
        ("its reading alone", found["read_seconds"], found["read_cpu"],
         rows / found["read_seconds"], None),
        ("its cleaning alone", found["clean_seconds"], found["clean_cpu"],
         rows / found["clean_seconds"], None),
        ("its predictions alone", found["predict_seconds"], found["predict_cpu"],
         rows / found["predict_seconds"], None),
        ("pandas and the pipeline: raw CSV to scored Parquet", peer.seconds,
         peer.cpu_seconds, rows / peer.seconds, peer.peak_megabytes),
        ("the same, without starting Python", theirs["pandas_seconds"], theirs["pandas_cpu"],
         rows / theirs["pandas_seconds"], None),
        (f"`leadwise score` of {many:,} rows", longer.seconds, longer.cpu_seconds,
         many / longer.seconds, longer.peak_megabytes),
    )  # fmt: skip
    return Table(
        title=f"{rows:,} rows",
        columns=("way", "seconds", "CPU seconds", "rows/s", "peak memory, MB"),
        rows=lines,
    )
