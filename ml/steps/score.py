"""Score: a file of leads comes back with scores, and every row has a status."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.errors import StepMissing, UsageError
from ml.contract.moments import Moment
from ml.contract.names import LINE, Kind, Purpose, Role, Step
from ml.contract.records import CleanRecord, IngestRecord, ScoreRecord
from ml.contract.use_case import UseCase
from ml.core.behind import Behind, ahead
from ml.core.cleaning.sql import render
from ml.core.intake import Limits
from ml.core.scored_table import held_sql, scored_rows, scored_schema
from ml.core.scoring import Scorer, package_sha256
from ml.core.scoring.scored_batch import SCORES, scored_batch
from ml.core.spreadsheet import csv_chunks
from ml.ports import Deployment, Runtime
from ml.steps.clean import clean
from ml.steps.ingest import ingest

#: Rows that are scored at once; with reasons, few enough that people see it go on.
BATCH_ROWS, _EXPLAINED_ROWS = 20_000, 1_000
#: Batches to a row group of the output.
_GROUP_BATCHES = 6
_SENTENCES = frozenset({"reasons_for", "reasons_against"})


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
    deployment = _in_force(use_case, runtime, moment, Step.SCORE)
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
        rows, scores = runtime.lake.fetch(cleaned.clean), scratch / "scores.parquet"
        _write_scores(use_case, runtime, deployment, rows, reasons, scores)
        bands = _bands(scores)
        _write_output(use_case, runtime, moment, admitted, cleaned, scratch, output)
    runtime.progress.done(f"{cleaned.rows.accepted:,} of {cleaned.rows.received:,} rows")
    return ScoreRecord(
        output=str(output),
        model=use_case.model_name(moment),
        version=deployment.version,
        package_sha256=package_sha256(deployment.files),
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
    deployment = _in_force(use_case, runtime, moment, asked_by)
    return Scorer.of(deployment, use_case=use_case, threads=os.cpu_count() or 1)


def _in_force(use_case: UseCase, runtime: Runtime, moment: Moment, asked_by: Step) -> Deployment:
    deployment = runtime.endpoint.current(use_case.model_name(moment))
    if deployment is None:
        raise StepMissing(asked_by, Step.DEPLOY)
    return deployment


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
    use_case: UseCase, runtime: Runtime, deployment: Deployment, clean: Path, reasons: int, to: Path
) -> None:
    if runtime.scoring:
        rows = runtime.scoring.score(use_case, deployment, clean, reasons=reasons, to=to)
        runtime.progress.advance(rows)
        return
    scorer = Scorer.of(deployment, use_case=use_case)  # a batch to a thread beats threads in each
    size = _EXPLAINED_ROWS if reasons else BATCH_ROWS
    with _read(clean, use_case) as read, pq.ParquetWriter(to, SCORES) as writer:
        names = [LINE, *(column.name for column in scorer.columns)]
        said = partial(scored_batch, scorer, reasons=reasons)
        batches = read.iter_batches(size, columns=names)
        for batch in ahead(said, batches, threads=os.cpu_count() or 1):
            writer.write_batch(batch)
            runtime.progress.advance(batch.num_rows)


def _bands(scores: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for batch in pq.ParquetFile(scores).iter_batches(columns=["band"]):
        for seen in batch.column("band").value_counts().to_pylist():
            found[seen["values"]] += seen["counts"]
    return found


def _write_output(
    use_case: UseCase,
    runtime: Runtime,
    moment: Moment,
    admitted: IngestRecord,
    cleaned: CleanRecord,
    scratch: Path,
    output: Path,
) -> None:
    table = scratch / "table.parquet"
    with (
        _read(runtime.lake.fetch(admitted.text), use_case) as text,
        _read(scratch / "scores.parquet", use_case) as scores,
    ):
        _join(use_case, moment, text, scores, _held(runtime, cleaned), table)
    finished = table if output.suffix == ".parquet" else _as_csv(table, scratch / "table.csv")
    half = output.with_name(f".{output.name}.part")
    shutil.copyfile(finished, half)
    half.replace(output)


def _read(file: Path, use_case: UseCase) -> pq.ParquetFile:
    """A table whose words are read as places in a list; ids, which never repeat, are not."""
    ids = {column.name for column in use_case.schema.columns if column.kind is Kind.TEXT}
    names = {field.name for field in pq.read_schema(file) if pa.types.is_string(field.type)}
    return pq.ParquetFile(file, read_dictionary=sorted(names - ids - _SENTENCES))


def _held(runtime: Runtime, cleaned: CleanRecord) -> Iterator[pa.RecordBatch]:
    statement = render(held_sql(), runtime.engine.dialect)
    files = {"quarantine": runtime.lake.fetch(cleaned.quarantine)}
    return runtime.engine.batches(statement, files, BATCH_ROWS)


def _join(
    use_case: UseCase,
    moment: Moment,
    text: pq.ParquetFile,
    scores: pq.ParquetFile,
    held: Iterator[pa.RecordBatch],
    to: Path,
) -> None:
    unseen = _unseen(use_case, moment)
    cells = {c.name: c.source for c in use_case.schema.columns if c.name not in unseen}
    schema = scored_schema(scores.schema_arrow, text.schema_arrow, cells)
    read = text.iter_batches(BATCH_ROWS, columns=[LINE, *cells])
    rows = scored_rows(read, scores.iter_batches(BATCH_ROWS), held, schema=schema, cells=cells)
    words = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    # Other programs should see words, not how they were kept here.
    with (
        pq.ParquetWriter(to, schema, use_dictionary=words, store_schema=False) as writer,
        Behind() as behind,
    ):
        for group in _groups(rows):
            behind.do(partial(writer.write_table, group))


def _groups(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Batches put together to groups of the output: one list of words for each column."""
    while some := list(islice(batches, _GROUP_BATCHES)):
        yield pa.Table.from_batches(some).unify_dictionaries()


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
