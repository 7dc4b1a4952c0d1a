"""Watch: hold today's rows and scores beside those that the model was built on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.alerts import AlertRule, AlertSeverity
from ml.contract.errors import LeadwiseError
from ml.contract.messages import Alert
from ml.contract.moments import Moment
from ml.contract.names import DriftState, Step, Table, Zone
from ml.contract.records import CleanRecord, IngestRecord, SplitRecord, WatchRecord
from ml.contract.use_case import UseCase
from ml.core.drift import Judgement, judge, view
from ml.core.drift_report import drift_report
from ml.core.features import model_columns
from ml.core.features.frame import LEVEL_KINDS
from ml.core.scoring import Scorer
from ml.core.table_rows import drift_rows
from ml.ports import Run, Runtime
from ml.steps.untold import untold

_NO_MODEL = "No model is deployed, so only the data was judged."


def watch(
    use_case: UseCase,
    runtime: Runtime,
    *,
    current: CleanRecord,
    moment: Moment,
    reference: SplitRecord | None,
    current_ingest: IngestRecord | None = None,
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
        Names the file that the rows came from.

    Returns
    -------
    WatchRecord
        With a `RetrainRequest` when `use_case.drift` says so. Without a deployed model only the
        data is judged; with too few rows nothing is, and the state says so.

    Raises
    ------
    LeadwiseError
        If the cleaned file does not hold the rows that its record counts.
    """
    runtime.progress.start(Step.WATCH)
    seen = _see(use_case, runtime, moment, current, reference)
    # People are told first: nothing that fails later must keep an alarm from them.
    _tell(use_case, runtime, moment, seen.judgement)
    experiment = f"{use_case.model_name(moment)}-drift"
    with runtime.tracker.run(experiment, f"{Step.WATCH}-{runtime.now():%Y%m%d-%H%M%S}") as run:
        run.params(_origins(current, current_ingest, reference, seen))
        _log(run, seen)
        report = _report(use_case, runtime, moment, run, seen)
    record = WatchRecord(
        state=seen.judgement.state,
        reference=reference.train if reference else "",
        rows=current.rows,
        drifted_share=seen.judgement.drifted_share,
        prediction_psi=seen.judgement.prediction_psi,
        columns=seen.judgement.columns,
        report=report,
        run_id=run.id,
        retrain=seen.judgement.request(use_case.name, moment.name),
        notes=_notes(seen),
        degraded=untold(runtime),
    )
    _keep(use_case, runtime, moment, record, run.id)
    runtime.progress.done(seen.judgement.state)
    return record


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """Both sides, the version that scored them, and what they say together."""

    before: pa.Table | None
    now: pa.Table
    version: str | None
    judgement: Judgement


def _see(
    use_case: UseCase,
    runtime: Runtime,
    moment: Moment,
    current: CleanRecord,
    reference: SplitRecord | None,
) -> _Seen:
    now = _rows(use_case, runtime, moment, current.clean)
    if now is None or now.num_rows != current.rows.accepted:
        held = "no" if now is None else now.num_rows
        raise LeadwiseError(
            f"{current.clean} holds {held} rows but its record counts {current.rows.accepted}; "
            "run clean again, and report this as a bug if it stays"
        )
    before = _rows(use_case, runtime, moment, reference.train) if reference else None
    unlearned = _rows(use_case, runtime, moment, reference.test) if reference else None
    deployed = runtime.endpoint.current(use_case.model_name(moment))
    columns, policy = use_case.schema.features(moment), use_case.drift
    model = None
    if deployed is not None:
        scorer = Scorer.of(deployed, use_case=use_case)
        model = view(scorer.predict, unlearned, now, columns=columns, policy=policy)
    judgement = judge(before, now, columns=columns, policy=policy, model=model)
    version = deployed.version if deployed else None
    return _Seen(before=before, now=now, version=version, judgement=judgement)


def _rows(use_case: UseCase, runtime: Runtime, moment: Moment, key: str) -> pa.Table | None:
    """What a model reads of a clean file, its levels as dictionaries to save memory."""
    if not runtime.lake.exists(key):
        return None
    file = runtime.lake.fetch(key)
    present = set(pq.read_schema(file).names)
    columns = [column for column in model_columns(use_case, moment) if column.name in present]
    levels = [column.name for column in columns if column.kind in LEVEL_KINDS]
    names = [column.name for column in columns]
    return pq.read_table(file, columns=names, read_dictionary=levels)


def _tell(use_case: UseCase, runtime: Runtime, moment: Moment, judgement: Judgement) -> None:
    model = use_case.model_name(moment)
    if judgement.state is DriftState.OK:
        found = f"A comparison of {use_case.title} ({moment}) found no drift."
        runtime.alerts.send(Alert.ended(AlertRule.DRIFT, model, found))
    if judgement.state is not DriftState.DRIFTED:
        return
    says = " ".join(
        (
            f"{use_case.title} ({moment}): the data has drifted, a retrain is asked for.",
            *judgement.reasons,
            f"Next: leadwise run {use_case.name} --data FILE with recent rows.",
        )
    )
    runtime.alerts.send(Alert.began(AlertRule.DRIFT, model, AlertSeverity.WARNING, says))


def _origins(
    current: CleanRecord,
    ingest: IngestRecord | None,
    reference: SplitRecord | None,
    seen: _Seen,
) -> dict[str, str]:
    return {
        "current": current.clean,
        "current_hash": current.canonical_hash,
        "source": ingest.source if ingest else "",
        "reference": reference.train if reference else "",
        "model_version": seen.version or "",
    }


def _log(run: Run, seen: _Seen) -> None:
    judgement = seen.judgement
    run.metrics(judgement.metrics())
    said = {"reasons": " ".join(judgement.reasons), "notes": " ".join(_notes(seen))}
    run.tags({"state": judgement.state, **said})


def _report(
    use_case: UseCase, runtime: Runtime, moment: Moment, run: Run, seen: _Seen
) -> str | None:
    """Key of the page for people; None where there is nothing to draw."""
    if seen.before is None or seen.judgement.state is DriftState.INSUFFICIENT_DATA:
        return None
    report = drift_report(seen.before, seen.now, use_case.schema.features(moment))
    if report is None:
        return None
    run.metrics(report.metrics)
    folder = f"{Zone.DRIFT}/{use_case.name}/{moment}/{run.id}"
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


def _notes(seen: _Seen) -> tuple[str, ...]:
    return seen.judgement.notes if seen.version else (*seen.judgement.notes, _NO_MODEL)
