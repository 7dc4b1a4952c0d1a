"""Steps of the retrain pipeline on AWS: a home that is fetched, worked on and brought back."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from rich.console import Console

from ml.adapters.embedded_metrics import embedded
from ml.adapters.mlflow_secret import sign_in
from ml.adapters.routed_alerts import RoutedAlerts
from ml.adapters.s3_folder import S3Folder
from ml.bootstrap import LAKE, job_alerts, job_home
from ml.contract.alerts import Metric
from ml.contract.candidates import families_of
from ml.contract.cloud_settings import JobSettings
from ml.contract.errors import GateRefused, LeadwiseError
from ml.contract.jobs import STEPS, VERDICT_FILE, Job
from ml.contract.names import Step
from ml.contract.records import JsonObject, PromoteRecord, Verdict, WatchRecord
from ml.contract.training_need import DriftLook, DriftSeen, training_need
from ml.core.watching.measures import measures
from ml.job_rows import keep_features, leave_drift, leave_scores
from ml.job_words import leave_json, leave_words, told_before
from ml.pipeline import Pipeline
from ml.release import release
from ml.use_cases import find


def run_steps(
    steps: Sequence[Step],
    settings: JobSettings,
    *,
    console: Console,
    source: Path | None = None,
    said_folder: Path,
    verdict_folder: Path,
) -> JsonObject:
    """Run steps on the home in S3.

    Parameters
    ----------
    steps : sequence of Step
        In order; usually those of one `Job`.
    settings : JobSettings
        Where home, packages and MLflow are.
    console : Console
        Where progress is drawn.
    source : Path or None
        The training file; only `ingest` reads one.
    said_folder : Path
        What the run's earlier jobs have told; only the last job reads it.
    verdict_folder : Path
        Where `evaluate` says whether the challenger may be registered, each job what it returns, in
        its `said_file`, and the one that the run ends with what came of the run.

    Returns
    -------
    dict
        Why they were asked for, and the record of every step; where there is a file, what was seen
        of drift and whether to train; after `deploy` the package; and of which alerts people do
        not know yet.

    Raises
    ------
    GateRefused
        If `promote` finds that the challenger must not become champion.
    UsageError
        If the last job does not find what those before it have told.
    """
    before = told_before(said_folder) if tuple(steps) == STEPS[Job.REGISTER] else []
    sign_in(settings.mlflow_secret)
    with tempfile.TemporaryDirectory() as folder:
        home = S3Folder(settings.home_uri, Path(folder), without=LAKE)
        home.pull()
        alerts = job_alerts(settings, Path(folder))
        try:
            said = _work(steps, settings, Path(folder), console, source, verdict_folder, alerts)
        finally:
            untold = _untold(alerts, settings, console)
            home.push()  # steps that finished are not repeated by the next try
    said |= {"untold": untold}
    leave_words(said, steps, before, verdict_folder)
    return said


def _work(
    steps: Sequence[Step],
    settings: JobSettings,
    home: Path,
    console: Console,
    source: Path | None,
    verdict_folder: Path,
    alerts: RoutedAlerts,
) -> JsonObject:
    case = find(settings.use_case).trying(families_of(settings.families), settings.trials or None)
    case = case.judging([settings.reason])
    with job_home(settings, home, console, alerts) as runtime:
        pipeline = Pipeline(case, runtime, case.default_moment)
        said: JsonObject = {"reason": settings.reason}
        if source:
            seen = _look_for_drift(pipeline, settings, source, console)
            need = training_need(settings.reason, seen)
            said |= {"drift": asdict(seen), "train": need.to_dict()}
        for step in steps:
            _refuse_unless_promoted(pipeline.step(step, source))
        if source:
            leave_scores(pipeline, settings)
            keep_features(pipeline, settings, console)
        if Step.EVALUATE in steps:
            _tell(pipeline, settings, verdict_folder)
        if Step.DEPLOY in steps:
            said |= {"package": release(pipeline, settings, home)}
    return said | {"steps": [result.to_dict() for result in pipeline.results]}


def _untold(alerts: RoutedAlerts, settings: JobSettings, console: Console) -> list[str]:
    """What people could not be told; an alarm on its metric tells them that much."""
    untold = alerts.untold()
    if untold:
        _measure({Metric.ALERTS_FAILED: len(untold)}, settings, alerts.outbox.now(), console)
    return untold


def _measure(
    values: Mapping[Metric, float], settings: JobSettings, now: datetime, console: Console
) -> None:
    """Write metrics on a line of their own, which CloudWatch finds in the log."""
    line = embedded(values, service=settings.watched_as, now=now)
    print(line, file=console.file, flush=True)


def _look_for_drift(
    pipeline: Pipeline, settings: JobSettings, source: Path, console: Console
) -> DriftSeen:
    """Say as metrics how far the rows are from those that the model in force learnt from."""
    model = pipeline.use_case.model_name(pipeline.moment)
    if pipeline.runtime.endpoint.current(model) is None:
        return DriftSeen(state=DriftLook.NO_MODEL.value)
    try:
        record = pipeline.watch(source)
    except LeadwiseError as error:  # a retrain helps, whether or not we know how much
        console.print(f"drift is not known: {error}")
        return DriftSeen(state=DriftLook.UNKNOWN.value, says=str(error))
    values = measures(record)
    if values:
        _measure(values, settings, pipeline.runtime.now(), console)
    leave_drift(pipeline, settings, source, record)
    return _seen(record)


def _seen(record: WatchRecord) -> DriftSeen:
    reasons = record.retrain.reasons if record.retrain else record.notes
    return DriftSeen(
        state=record.state,
        asks=record.retrain is not None,
        drifted_share=record.drifted_share,
        prediction_psi=record.prediction_psi,
        says=" ".join(reasons),
    )


def _refuse_unless_promoted(record: object) -> None:
    if isinstance(record, PromoteRecord) and not record.promoted:
        raise GateRefused(record.reason)


def _tell(pipeline: Pipeline, settings: JobSettings, folder: Path) -> None:
    verdict = pipeline.latest(Step.EVALUATE, Verdict, asked_by=Step.PROMOTE)
    words = {
        "approved": verdict.approved,
        "reason": verdict.reason,
        "model": verdict.model,
        "version": verdict.version,
        "asked_because": settings.reason,
    }
    leave_json(folder / VERDICT_FILE, words)
