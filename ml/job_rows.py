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
from ml.pipeline import Pipeline
from ml.steps.put_features import put_features
from ml.steps.score_rows import score_rows

#: Records go one by one: more would take longer than the rest of the job.
MOST_RECORDS = 200_000


def leave_rows(pipeline: Pipeline, settings: JobSettings, watched: WatchRecord | None) -> None:
    """Write what the model in force makes of the clean rows to the lake's zones, as Parquet.

    Parameters
    ----------
    pipeline : Pipeline
        Whose last cleaned file it is.
    settings : JobSettings
        Where the lake is.
    watched : WatchRecord or None
        How far the file is from what the model learned from, if that is known.
    """
    case, moment, runtime = pipeline.use_case, pipeline.moment, pipeline.runtime
    deployed = runtime.endpoint.current(case.model_name(moment))
    if deployed is None:
        return
    clean, name = _cleaned(pipeline), f"{moment}-{deployed.version}.parquet"
    version = clean.source_sha256
    with tempfile.TemporaryDirectory() as folder:
        lake, rows = S3Folder(settings.lake_uri, Path(folder)), Path(folder) / name
        score_rows(case, runtime, clean=clean, moment=moment, to=rows)
        lake.put(partition(Zone.SCORES, case.name, version) + name, rows.read_bytes())
        if watched:
            found = drift_rows(case, watched, moment=moment, watched_at=runtime.now())
            pq.write_table(found, rows)
            lake.put(partition(Zone.DRIFT, case.name, version) + name, rows.read_bytes())


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
