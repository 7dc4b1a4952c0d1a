"""Jobs of the retrain pipeline on AWS: which steps each runs, and what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

from ml.contract.cloud_settings import WarehouseSettings
from ml.contract.names import Step


class Job(StrEnum):
    """One SageMaker job; starting one takes minutes, so each runs all steps up to the next look."""

    PROCESS = "process"
    TRAIN = "train"
    EVALUATE = "evaluate"
    REGISTER = "register"


#: Together every step from a raw file to a registered champion in force, in order.
STEPS: Mapping[Job, tuple[Step, ...]] = {
    Job.PROCESS: (Step.INGEST, Step.CLEAN, Step.CHECK, Step.SNAPSHOT, Step.SPLIT),
    Job.TRAIN: (Step.TRAIN,),
    Job.EVALUATE: (Step.EVALUATE,),
    Job.REGISTER: (Step.PROMOTE, Step.DEPLOY),
}


#: From a raw file to a verdict on the challenger: what training is wherever it runs.
UNTIL_JUDGED = (*STEPS[Job.PROCESS], *STEPS[Job.TRAIN], *STEPS[Job.EVALUATE])


#: How long each may run before SageMaker stops it.
MOST_SECONDS: Mapping[Job, int] = {
    Job.PROCESS: 3_600,
    Job.TRAIN: 4 * 3_600,
    Job.EVALUATE: 3_600,
    Job.REGISTER: 3_600,
}


#: Where SageMaker puts what `ingest` reads, and takes what jobs tell the pipeline.
INPUT_FOLDER, VERDICT_FOLDER = "/opt/ml/processing/input/data", "/opt/ml/processing/verdict"
#: Where it puts what the run's earlier jobs have told, for the last one.
SAID_FOLDER = "/opt/ml/processing/input/said"
#: Told by `evaluate`: whether the challenger may be registered, and why.
VERDICT_FILE = "verdict.json"
#: Told by the job that a run ends with: whether the run trained, why, and what came of it.
OUTCOME_FILE = "outcome.json"


def step_name(job: Job) -> str:
    """What a job is called among the pipeline's steps.

    Examples
    --------
    >>> step_name(Job.REGISTER)
    'Register'
    """
    return job.value.title()


def said_file(job: Job) -> str:
    """Told by every job: the records of its steps, whether to train, and the package.

    Examples
    --------
    >>> said_file(Job.PROCESS)
    'process.json'
    """
    return f"{job}.json"


class PipelineParameter(StrEnum):
    """Parameters of the SageMaker pipeline."""

    INPUT_DATA = "InputData"  # s3:// of a file, or of a folder whose last file by name counts
    REASON = "Reason"  # why: a RetrainReason
    FORCE_FAIL = "ForceFail"  # true: the run ends as failed where it would register a model


@dataclass(frozen=True, kw_only=True)
class CleanRequest:
    """What the Glue job is asked to clean: one version of one object.

    Parameters
    ----------
    bucket, key : str
        The object: a file of leads, or a manifest that names several.
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


@dataclass(frozen=True, kw_only=True)
class CleaningOptions:
    """What the Glue job is told by whoever deploys it; the same for every run.

    Parameters
    ----------
    use_case : str
        Whose files it cleans.
    target : str
        Bucket or folder to write below: ``s3://clean``.
    table : str, default=''
        Iceberg table of clean leads, with its catalog and database:
        ``glue_catalog.leadwise_dev.leads``; none is written where empty.
    warehouse_workgroup, warehouse_database, warehouse_role, warehouse_staging : str, default=''
        As of `WarehouseSettings`, the next as well; none is loaded where the first is empty.
    warehouse_secret : str, default=''
    service : str, default=''
        Value of the dimension ``service`` of what it measures; nothing is sent where empty.

    Examples
    --------
    >>> options = CleaningOptions(use_case="lead_conversion", target="s3://clean")
    >>> options.to_arguments()
    {'--use_case': 'lead_conversion', '--target': 's3://clean'}
    """

    use_case: str
    target: str
    table: str = ""
    warehouse_workgroup: str = ""
    warehouse_database: str = ""
    warehouse_role: str = ""
    warehouse_staging: str = ""
    warehouse_secret: str = ""
    service: str = ""

    @property
    def warehouse(self) -> WarehouseSettings | None:
        """The warehouse to load, if there is one."""
        named = {field.name: getattr(self, field.name) for field in fields(WarehouseSettings)}
        return WarehouseSettings(**named) if self.warehouse_workgroup else None

    def to_arguments(self) -> dict[str, str]:
        """Default arguments of the job; Glue takes none that is empty."""
        return {f"--{name}": value for name, value in asdict(self).items() if value}
