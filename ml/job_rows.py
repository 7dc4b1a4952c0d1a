"""What a job on AWS leaves for people: rows that Athena reads, and records of the feature store."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow.parquet as pq
from rich.console import Console

from ml.adapters.s3_folder import S3Folder
from ml.bootstrap import sagemaker_features
from ml.contract.cloud_settings import FeatureStoreSettings, JobSettings
from ml.contract.names import Step, Zone
from ml.contract.places import partition
from ml.contract.records import CleanRecord, WatchRecord
from ml.core.table_rows import drift_rows
from ml.pipeline import Pipeline, file_sha256
from ml.ports import Deployment
from ml.steps.put_features import put_features
from ml.steps.score_rows import score_rows

#: Records go one by one: more would take longer than the rest of the job.
MOST_RECORDS = 200_000


def leave_drift(
    pipeline: Pipeline, settings: JobSettings, source: Path, watched: WatchRecord
) -> None:
    """Write how far a file is from what the model in force learned from, for Athena to read.

    Parameters
    ----------
    pipeline : Pipeline
        Which model.
    settings : JobSettings
        Where the lake is.
    source : Path
        The file.
    watched : WatchRecord
        What was found.
    """
    case, moment, now = pipeline.use_case, pipeline.moment, pipeline.runtime.now()
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.parquet"
        pq.write_table(drift_rows(case, watched, moment=moment, watched_at=now), rows)
        _send(pipeline, settings, Zone.DRIFT, file_sha256(source), rows)


def leave_scores(pipeline: Pipeline, settings: JobSettings) -> None:
    """Write what the model in force makes of the clean rows, if there is one, for Athena to read.

    Parameters
    ----------
    pipeline : Pipeline
        Whose last cleaned file it is.
    settings : JobSettings
        Where the lake is.
    """
    if _in_force(pipeline) is None:
        return
    clean = _cleaned(pipeline)
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.parquet"
        score_rows(
            pipeline.use_case, pipeline.runtime, clean=clean, moment=pipeline.moment, to=rows
        )
        _send(pipeline, settings, Zone.SCORES, clean.source_sha256, rows)


def _send(pipeline: Pipeline, settings: JobSettings, zone: Zone, version: str, rows: Path) -> None:
    """A second try of the job replaces what the first has left; another model's rows stay."""
    deployed = _in_force(pipeline)
    model = deployed.version if deployed else ""
    place = partition(zone, pipeline.use_case.name, version)
    lake = S3Folder(settings.lake_uri, rows.parent)
    lake.put(f"{place}{pipeline.moment}-{model}.parquet", rows.read_bytes())


def _in_force(pipeline: Pipeline) -> Deployment | None:
    return pipeline.runtime.endpoint.current(pipeline.use_case.model_name(pipeline.moment))


def keep_features(pipeline: Pipeline, settings: JobSettings, console: Console) -> None:
    """Put the clean rows into the feature group, if there is one and they are not too many."""
    clean, runtime = _cleaned(pipeline), pipeline.runtime
    if not settings.feature_group:
        return
    if clean.rows.accepted > MOST_RECORDS:
        console.print(
            f"features are not kept: {clean.rows.accepted:,} rows are more than the "
            f"{MOST_RECORDS:,} that a job puts one by one; use leadwise features put"
        )
        return
    group = FeatureStoreSettings(feature_group=settings.feature_group)
    store = sagemaker_features(pipeline.use_case, group)
    put_features(pipeline.use_case, runtime, store, clean=clean, at=runtime.now())


def _cleaned(pipeline: Pipeline) -> CleanRecord:
    return pipeline.latest(Step.CLEAN, CleanRecord, asked_by=Step.SCORE)
