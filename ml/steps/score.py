"""Score: a file of leads comes back with scores, and every row has a status."""

from __future__ import annotations

import os
from collections import Counter
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq

from ml.contract.errors import StepMissing, UsageError
from ml.contract.moments import Moment
from ml.contract.names import LINE, Purpose, Step
from ml.contract.records import ScoreRecord
from ml.contract.use_case import UseCase
from ml.core.behind import ahead
from ml.core.intake import Limits
from ml.core.scoring import Scorer, package_sha256
from ml.core.scoring.scored_batch import SCORES, scored_batch
from ml.ports import Deployment, Runtime
from ml.steps.clean import clean
from ml.steps.ingest import ingest
from ml.steps.scored_file import read_words, write_scored_file

#: Rows that are scored at once; with reasons, few enough that people see it go on.
BATCH_ROWS, _EXPLAINED_ROWS = 20_000, 1_000


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
        write_scored_file(use_case, runtime, moment, admitted, cleaned, scratch, output)
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
    with read_words(clean, use_case) as read, pq.ParquetWriter(to, SCORES) as writer:
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
