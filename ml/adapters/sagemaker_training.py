"""Training jobs of SageMaker: started, followed and brought home by the container contract.

By boto3, not the `sagemaker` SDK: that takes seconds to import, wants a region to be imported at
all, and builds the same request.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml.adapters.aws_faults import aws_faults
from ml.adapters.s3_access import S3Place, client_of_s3, s3_faults
from ml.contract.cloud_settings import TrainingJobSettings
from ml.contract.errors import DependencyUnavailable, JobFailed
from ml.contract.records import JsonObject
from ml.contract.training_job import CHANNEL, RECORD_FILE, Hyperparameters, TrainSettings

_RUNNING = frozenset({"InProgress", "Stopping"})
_WELL = "Completed"
_DISK_GIB = 30


@dataclass(frozen=True, kw_only=True)
class JobState:
    """What SageMaker says of a job now.

    Parameters
    ----------
    status : str
        ``"InProgress"``, ``"Completed"``, ``"Failed"``, ``"Stopping"`` or ``"Stopped"``.
    phase : str
        What it is at: ``"Downloading"``, ``"Training"``.
    """

    status: str
    phase: str


class SagemakerTraining:
    """Training jobs of one account and use case.

    Parameters
    ----------
    settings : TrainingJobSettings
        Image, role, network and folder.
    poll_seconds : float, default=15
        How often a job is looked at.
    """

    def __init__(self, settings: TrainingJobSettings, *, poll_seconds: float = 15) -> None:
        self._settings, self._poll_seconds = settings, poll_seconds
        self._folder = S3Place.of(settings.training_uri)

    def start(
        self, job: str, *, use_case: str, source: Path, hyperparameters: Hyperparameters
    ) -> None:
        """Send a file of leads, and start a job that learns from it.

        Raises
        ------
        DependencyUnavailable
            If S3 or SageMaker is away or refuses.
        """
        import boto3

        request = self._request(
            job, use_case, _send(client_of_s3(), self._folder, source), hyperparameters
        )
        with aws_faults(f"SageMaker, asked for training job {job!r},"):
            boto3.client("sagemaker").create_training_job(**request)

    def states(self, job: str) -> Iterator[JobState]:
        """Each change of a job, until it has ended.

        Raises
        ------
        JobFailed
            If it ended in any way but well; with the reason that it wrote.
        """
        seen, last = self._look(job), None
        while seen["TrainingJobStatus"] in _RUNNING:
            state = JobState(status=seen["TrainingJobStatus"], phase=seen["SecondaryStatus"])
            if state != last:
                yield state
            last = state
            time.sleep(self._poll_seconds)
            seen = self._look(job)
        if seen["TrainingJobStatus"] != _WELL:
            raise JobFailed(job, seen["TrainingJobStatus"], seen.get("FailureReason", ""))
        yield JobState(status=_WELL, phase=seen["SecondaryStatus"])

    def record(self, job: str) -> JsonObject:
        """What a job that ended well has told, and where its model lies.

        Raises
        ------
        DependencyUnavailable
            If its output is not there, or not a job's of ours.
        """
        model = str(self._look(job)["ModelArtifacts"]["S3ModelArtifacts"])
        place = S3Place.of(model.removesuffix("/model.tar.gz"))
        content = _fetched(client_of_s3(), place, "output.tar.gz")
        return {"job": job, "model": model, **_told(content, job)}

    def _look(self, job: str) -> dict[str, Any]:
        import boto3

        sagemaker = boto3.client("sagemaker")
        with aws_faults(f"SageMaker, asked for training job {job!r},"):
            seen: dict[str, Any] = sagemaker.describe_training_job(TrainingJobName=job)
        return seen

    def _request(
        self, job: str, use_case: str, data_uri: str, hyperparameters: Hyperparameters
    ) -> dict[str, Any]:
        settings = self._settings
        told = TrainSettings(
            use_case=use_case,
            mlflow_uri=settings.mlflow_uri,
            mlflow_secret=settings.mlflow_secret,
            ledger_table=settings.ledger_table,
            who=job,
        )
        source = {
            "S3DataType": "S3Prefix",
            "S3Uri": data_uri,
            "S3DataDistributionType": "FullyReplicated",
        }
        return {
            "TrainingJobName": job,
            "AlgorithmSpecification": {
                "TrainingImage": settings.training_image,
                "TrainingInputMode": "File",
            },
            "HyperParameters": hyperparameters.to_texts(),
            "RoleArn": settings.training_role,
            "InputDataConfig": [{"ChannelName": CHANNEL, "DataSource": {"S3DataSource": source}}],
            "OutputDataConfig": {
                "S3OutputPath": settings.training_uri.rstrip("/"),
                "KmsKeyId": settings.training_key,
            },
            "ResourceConfig": {
                "InstanceType": settings.training_machine,
                "InstanceCount": 1,
                "VolumeSizeInGB": _DISK_GIB,
                "VolumeKmsKeyId": settings.training_key,
            },
            "VpcConfig": {
                "Subnets": settings.training_subnets.split(","),
                "SecurityGroupIds": settings.training_groups.split(","),
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 60 * settings.training_minutes},
            "EnableInterContainerTrafficEncryption": True,
            "Environment": told.to_env(),
        }


def _send(s3: Any, folder: S3Place, source: Path) -> str:
    """Under its hash, so that a file lies there once and a job tells what it learnt from."""
    with source.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    key = folder.key(f"input/{sha256}/{source.name}")
    with s3_faults(folder.bucket, key):
        s3.upload_file(str(source), folder.bucket, key)
    return f"s3://{folder.bucket}/{key}"


def _fetched(s3: Any, place: S3Place, name: str) -> bytes:
    key = place.key(name)
    with s3_faults(place.bucket, key):
        content: bytes = s3.get_object(Bucket=place.bucket, Key=key)["Body"].read()
    return content


def _told(content: bytes, job: str) -> JsonObject:
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            file = tar.extractfile(RECORD_FILE)
            assert file is not None, "a regular file"
            told: JsonObject = json.load(file)
    except (AssertionError, KeyError, ValueError, tarfile.TarError) as error:
        raise DependencyUnavailable(
            f"the output of training job {job!r} holds no {RECORD_FILE} ({error}); the job ran "
            "another image than ours: look at LEADWISE_TRAINING_IMAGE"
        ) from error
    return told
