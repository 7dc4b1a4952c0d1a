"""Jobs of the retrain pipeline on AWS: which steps each runs, and what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ml.contract.names import Step


class Job(StrEnum):
    """One SageMaker job; starting one takes minutes, so each runs several steps."""

    PREPARE = "prepare"
    TRAIN = "train"
    RELEASE = "release"


#: Together every step from a raw file to a champion in force, in order.
STEPS: Mapping[Job, tuple[Step, ...]] = {
    Job.PREPARE: (Step.INGEST, Step.CLEAN, Step.CHECK, Step.SNAPSHOT, Step.SPLIT),
    Job.TRAIN: (Step.TRAIN, Step.EVALUATE),
    Job.RELEASE: (Step.PROMOTE, Step.DEPLOY),
}


#: How long each may run before SageMaker stops it.
MOST_SECONDS: Mapping[Job, int] = {
    Job.PREPARE: 3_600,
    Job.TRAIN: 4 * 3_600,
    Job.RELEASE: 3_600,
}


#: Where SageMaker puts what a job reads, and takes what it tells the pipeline.
INPUT_FOLDER, VERDICT_FOLDER = "/opt/ml/processing/input/data", "/opt/ml/processing/verdict"
#: Said by the job `train`: whether the challenger may be released, and why.
VERDICT_FILE = "verdict.json"


class PipelineParameter(StrEnum):
    """Parameters of the SageMaker pipeline."""

    INPUT_DATA = "InputData"  # s3:// of a file, or of a folder whose last file by name counts
    REASON = "Reason"  # why: a RetrainReason


@dataclass(frozen=True, kw_only=True)
class CleanRequest:
    """What the Glue job is asked to clean: one version of one object.

    Parameters
    ----------
    bucket, key : str
        The object.
    version_id : str
        As S3 says; the job reads this version, whatever is written meanwhile.

    Examples
    --------
    >>> CleanRequest(bucket="raw", key="leads.csv", version_id="v1").to_arguments()
    {'--bucket': 'raw', '--key': 'leads.csv', '--version_id': 'v1'}
    """

    bucket: str
    key: str
    version_id: str

    def to_arguments(self) -> dict[str, str]:
        """Arguments of a run of the Glue job."""
        return {"--bucket": self.bucket, "--key": self.key, "--version_id": self.version_id}
