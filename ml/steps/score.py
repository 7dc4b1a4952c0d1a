"""Score: a file of leads comes back with scores, and every row has a status."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.errors import StepMissing, UsageError
from ml.contract.moments import Moment
from ml.contract.names import LINE, Purpose, Role, Step
from ml.contract.records import CleanRecord, IngestRecord, ScoreRecord
from ml.contract.use_case import UseCase
from ml.core.intake import Limits
from ml.core.scored_table import JOINER, scored_table_sql
from ml.core.scoring import Reason, Scorer
from ml.core.spreadsheet import csv_chunks
from ml.ports import Runtime
from ml.steps.clean import clean
from ml.steps.ingest import ingest

#: Rows that are scored at once; with reasons, few enough that people see it go on.
BATCH_ROWS, _EXPLAINED_ROWS = 20_000, 1_000
_SCHEMA = pa.schema(
    [
        (LINE, pa.int64()),
        ("score", pa.int32()),
        ("score_low", pa.int32()),
        ("score_high", pa.int32()),
        ("probability", pa.float64()),
        ("band", pa.string()),
        ("certainty", pa.string()),
        ("low_confidence", pa.bool_()),
        ("reasons_for", pa.string()),
        ("reasons_against", pa.string()),
    ]
)


def score(
    use_case: UseCase,
    runtime: Runtime,
    *,
    source: Path,
    output: Path,
    moment: Moment,
    reasons: int = 0,
    limits: Limits | None = None,
    shown_name: str | None = None,
) -> ScoreRecord:
    """Score a file with the model in force.

    Parameters
    ----------
    source : Path
        CSV, Parquet or JSON lines.
    output : Path
        `.csv` (safe to open in a spreadsheet program) or `.parquet`; replaced whole.
    moment : Moment
        Which model.
    reasons : int, default=0
        Reasons for and against to give with each score; they cost more than the score.
    limits : Limits, optional
        Sizes of the file to keep to.
    shown_name : str, optional
        What faults call the file, where `source` is a temporary copy.

    Returns
    -------
    ScoreRecord
        in = accepted (scored) + quarantined + deduplicated.

    Raises
    ------
    StepMissing
        If no model is in force.
    InputRefused
        If the file cannot be read as leads.
    UsageError
        If the output's ending is unknown or its folder is absent.
    """
    check_output(output)
    scorer = deployed_scorer(use_case, runtime, moment, Step.SCORE)
    admitted = ingest(
        use_case,
        runtime,
        source=source,
        purpose=Purpose.SCORE,
        moment=moment,
        limits=limits,
        shown_name=shown_name,
    )
    cleaned = clean(use_case, runtime, ingest=admitted, hashed=False)  # no one asks for it again
    runtime.progress.start(Step.SCORE, cleaned.rows.accepted)
    with runtime.lake.scratch() as scratch:
        bands = _write_scores(runtime, scorer, cleaned, reasons, scratch / "scores.parquet")
        _write_output(use_case, runtime, moment, admitted, cleaned, scratch, output)
    runtime.progress.done(f"{cleaned.rows.accepted:,} of {cleaned.rows.received:,} rows")
    return ScoreRecord(
        output=str(output),
        model=use_case.model_name(moment),
        version=scorer.version,
        moment=moment.name,
        rows=cleaned.rows,
        bands={band.name: bands[band.name] for band in use_case.bands},
        warnings=cleaned.warnings,
    )


def deployed_scorer(use_case: UseCase, runtime: Runtime, moment: Moment, asked_by: Step) -> Scorer:
    """The scorer in force.

    Raises
    ------
    StepMissing
        If nothing was deployed on this home.
    """
    deployment = runtime.endpoint.current(use_case.model_name(moment))
    if deployment is None:
        raise StepMissing(asked_by, Step.DEPLOY)
    return Scorer.of(deployment, use_case=use_case, threads=os.cpu_count() or 1)


def check_output(output: Path, endings: tuple[str, ...] = (".csv", ".parquet")) -> None:
    """Refuse a file that could not be written after all the work.

    Raises
    ------
    UsageError
        If its ending is none of those, or its folder is absent.
    """
    if output.suffix not in endings:
        raise UsageError(f"output {output.name!r} must end in {' or '.join(endings)}")
    if not output.parent.is_dir():
        raise UsageError(f"there is no folder {str(output.parent)!r}; make it first")


def _write_scores(
    runtime: Runtime, scorer: Scorer, cleaned: CleanRecord, reasons: int, file: Path
) -> Counter[str]:
    bands: Counter[str] = Counter()
    tables = {"clean": runtime.lake.fetch(cleaned.clean)}
    size = _EXPLAINED_ROWS if reasons else BATCH_ROWS
    with pq.ParquetWriter(file, _SCHEMA) as writer:
        for batch in runtime.engine.batches("SELECT * FROM clean", tables, size):
            scored = scored_batch(scorer, batch, reasons=reasons)
            for seen in scored.column("band").value_counts().to_pylist():
                bands[seen["values"]] += seen["counts"]
            writer.write_batch(scored)
            runtime.progress.advance(batch.num_rows)
    return bands


def scored_batch(scorer: Scorer, batch: pa.RecordBatch, *, reasons: int = 0) -> pa.RecordBatch:
    """What scoring says of clean rows, beside their lines."""
    predictions, sure = scorer.judge(batch)
    scores = scorer.scores(predictions)
    unknown = pa.nulls(batch.num_rows)
    why = scorer.reasons(batch, top=reasons) if reasons else []
    columns = {
        LINE: batch.column(LINE),
        "score": scores,
        "score_low": scorer.scores(sure.low) if sure else unknown,
        "score_high": scorer.scores(sure.high) if sure else unknown,
        "probability": predictions,
        "band": scorer.bands(scores),
        "certainty": sure.certainty if sure else unknown,
        "low_confidence": [bool(doubts) for doubts in scorer.low_confidence(batch)],
        "reasons_for": [_joined(found.up) for found in why] or unknown,
        "reasons_against": [_joined(found.down) for found in why] or unknown,
    }
    arrays = [pa.array(columns[field.name], field.type) for field in _SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=_SCHEMA)


def _joined(reasons: tuple[Reason, ...]) -> str | None:
    return JOINER.join(reason.text for reason in reasons) or None


def _write_output(
    use_case: UseCase,
    runtime: Runtime,
    moment: Moment,
    admitted: IngestRecord,
    cleaned: CleanRecord,
    scratch: Path,
    output: Path,
) -> None:
    tables = {
        "text": runtime.lake.fetch(admitted.text),
        "scores": scratch / "scores.parquet",
        "quarantine": runtime.lake.fetch(cleaned.quarantine),
    }
    table = scratch / "table.parquet"
    runtime.engine.export(
        scored_table_sql(use_case.schema, _unseen(use_case, moment)), tables, table
    )
    finished = table if output.suffix == ".parquet" else _as_csv(table, scratch / "table.csv")
    half = output.with_name(f".{output.name}.part")
    shutil.copyfile(finished, half)
    half.replace(output)


def _unseen(use_case: UseCase, moment: Moment) -> frozenset[str]:
    """Columns that scoring leaves out: the outcome, and what is known only later."""
    later = {column.name for column in use_case.schema.columns if column.known_from > moment}
    outcome = {column.name for column in use_case.schema.with_role(Role.TARGET)}
    return frozenset(later | outcome)


def _as_csv(table: Path, file: Path) -> Path:
    parquet = pq.ParquetFile(table)
    with file.open("wb") as stream:
        stream.writelines(csv_chunks(parquet.iter_batches(), parquet.schema_arrow))
    return file
