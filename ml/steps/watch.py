"""Watch: hold today's rows and scores beside those that the model was built on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from ml.contract.moments import Moment
from ml.contract.names import DriftState, Step, Table
from ml.contract.records import CleanRecord, IngestRecord, SplitRecord, WatchRecord
from ml.contract.use_case import UseCase
from ml.contract.watching import Signal
from ml.core.drift_report import drift_report
from ml.core.table_rows import drift_rows
from ml.core.watching.model_monitor import violation_signals
from ml.core.watching.saying import worst
from ml.ports import Run, Runtime
from ml.steps.untold import untold
from ml.steps.watch_history import keep_watch, watch_folder
from ml.steps.watch_signals import in_utc, score_histogram, signals_of
from ml.steps.watch_telling import tell_people
from ml.steps.watched_outcomes import Lines, outcome_lines
from ml.steps.watched_sides import Sides, both_sides

#: What trackers do not take in the name of a figure.
_NO_NAME = re.compile(r"[^A-Za-z0-9_\-. /]")
_NO_MODEL = "No model is deployed, so only the data was judged."


def watch(  # noqa: PLR0913 - each of the last is a file that may be there, or not
    use_case: UseCase,
    runtime: Runtime,
    *,
    current: CleanRecord,
    moment: Moment,
    reference: SplitRecord | None,
    current_ingest: IngestRecord | None = None,
    report: bool = True,
    outcomes: Path | Lines | None = None,
    violations: Path | None = None,
) -> WatchRecord:
    """Compare cleaned rows with those of the model, tell people if they drifted, log what was seen.

    Parameters
    ----------
    current : CleanRecord
        The rows of now.
    moment : Moment
        Which of the use case's models is meant.
    reference : SplitRecord or None
        The parts that the deployed model was made from. Columns are compared with the training
        rows; scores with those of the test rows, as a model is surer of rows that it learned.
        Drifted columns weigh as much as the deployed model's scores hang on them.
    current_ingest : IngestRecord or None, default=None
        The file that the rows came from: it may tell outcomes, and when leads came.
    report : bool, default=True
        Draw the page for people, which takes longer than all else.
    outcomes : Path, Lines or None, default=None
        A file that tells what became of leads: their ids, the outcome and, if it has it, the day
        on which it was known; a folder of such files, of which the last that names a lead counts;
        or what was read already. By default, what the leads' own file tells.
    violations : Path or None, default=None
        A ``constraint_violations.json`` that SageMaker Model Monitor left about the same leads.

    Returns
    -------
    WatchRecord
        With a `RetrainRequest` when `use_case.drift` says so. Without a deployed model only the
        data is judged; with too few rows nothing is, and the state says so.

    Raises
    ------
    LeadwiseError
        If the cleaned file does not hold the rows that its record counts.
    InputRefused
        If the file of outcomes cannot be read, or lacks ids or outcomes.
    UsageError
        If the file of violations is none.
    """
    runtime.progress.start(Step.WATCH)
    at = in_utc(runtime.now())
    seen = both_sides(use_case, runtime, moment, current, reference, current_ingest)
    lines = outcome_lines(use_case, runtime, outcomes, current_ingest)
    signals = signals_of(use_case, runtime, moment, seen, lines)
    if violations is not None:
        signals += violation_signals(violations.read_bytes(), use_case.schema, name=violations.name)
    # People are told first: nothing that fails later must keep an alarm from them.
    tell_people(use_case, runtime, moment, seen.judgement, signals)
    experiment = f"{use_case.model_name(moment)}-drift"
    with runtime.tracker.run(experiment, f"{Step.WATCH}-{at:%Y%m%d-%H%M%S}") as run:
        run.params(_origins(current, current_ingest, reference, seen))
        _log(run, seen, signals)
        folder = watch_folder(use_case.name, moment, at, run.id)
        page = _report(use_case, runtime, moment, run, seen, folder) if report else None
    severity = worst(signals)
    record = WatchRecord(
        state=seen.judgement.state,
        reference=reference.train if reference else "",
        rows=current.rows,
        drifted_share=seen.judgement.drifted_share,
        prediction_psi=seen.judgement.prediction_psi,
        columns=seen.judgement.columns,
        report=page,
        run_id=run.id,
        retrain=seen.judgement.request(use_case.name, moment.name),
        notes=(*_notes(seen), *lines.left_out),
        degraded=untold(runtime),
        watched_at=at.isoformat(timespec="seconds"),
        signals=signals,
        severity=severity.value if severity else None,
        scores=score_histogram(seen),
        current=current.canonical_hash,
        file=current_ingest.raw if current_ingest else "",
    )
    keep_watch(runtime.lake, folder, record)
    _keep(use_case, runtime, moment, record, run.id)
    runtime.progress.done(seen.judgement.state)
    return record


def _origins(
    current: CleanRecord,
    ingest: IngestRecord | None,
    reference: SplitRecord | None,
    seen: Sides,
) -> dict[str, str]:
    return {
        "current": current.clean,
        "current_hash": current.canonical_hash,
        "source": ingest.source if ingest else "",
        "reference": reference.train if reference else "",
        "model_version": seen.version or "",
    }


def _log(run: Run, seen: Sides, signals: Sequence[Signal]) -> None:
    judgement = seen.judgement
    run.metrics(judgement.metrics() | _figures(signals))
    said = {"reasons": " ".join(judgement.reasons), "notes": " ".join(_notes(seen))}
    run.tags({"state": judgement.state, **said})


def _figures(signals: Sequence[Signal]) -> dict[str, float]:
    """Every figure that could be told, by a name that trackers allow."""
    return {
        _NO_NAME.sub("_", signal.key): signal.value
        for signal in signals
        if signal.value is not None
    }


def _report(
    use_case: UseCase, runtime: Runtime, moment: Moment, run: Run, seen: Sides, folder: str
) -> str | None:
    """Key of the page for people; None where there is nothing to draw."""
    if seen.before is None or seen.judgement.state is DriftState.INSUFFICIENT_DATA:
        return None
    report = drift_report(seen.before, seen.now, use_case.schema.features(moment))
    if report is None:
        return None
    run.metrics(report.metrics)
    with runtime.lake.scratch() as scratch:
        for name, content in (("report.html", report.html), ("report.json", report.json())):
            file = Path(scratch) / name
            file.write_bytes(content)
            run.artifact(file)
            runtime.lake.publish(f"{folder}/{name}", file)
    return f"{folder}/report.html"


def _keep(
    use_case: UseCase, runtime: Runtime, moment: Moment, record: WatchRecord, version: str
) -> None:
    """Leave the figures in the warehouse, where people compare them over time."""
    rows = drift_rows(use_case, record, moment=moment, watched_at=runtime.now())
    with runtime.lake.scratch() as scratch:
        file = Path(scratch) / "drift.parquet"
        pq.write_table(rows, file)
        runtime.warehouse.prepare(use_case)
        runtime.warehouse.load(f"{use_case.name}.{Table.DRIFT}", file, version)


def _notes(seen: Sides) -> tuple[str, ...]:
    return seen.judgement.notes if seen.version else (*seen.judgement.notes, _NO_MODEL)
