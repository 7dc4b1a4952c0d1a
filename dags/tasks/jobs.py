"""Work of SageMaker: the retrain pipeline's own jobs, and what they leave."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from dags.tasks.attempts import Attempt, State
from dags.tasks.clients import client
from ml.contract.cloud_settings import RetrainDagSettings
from ml.contract.jobs import OUTCOME_FILE, VERDICT_FILE, Job, said_file
from ml.contract.pipeline_jobs import job_arguments

_STATES = {
    "Completed": State.DONE, "InProgress": State.RUNNING, "Stopping": State.RUNNING,
}  # fmt: skip
# As the pipeline's own retries: no machine was free, or SageMaker itself failed.
_PASSING = ("CapacityError", "InternalServerError")
_ABSENT = {"ValidationException", "ResourceNotFound"}


class JobWork:
    """One job of the pipeline, as the pipeline's definition says it.

    Parameters
    ----------
    settings : RetrainDagSettings
        Which pipeline.
    job : Job
        Which of its jobs.
    run : str
        Key of the run: part of the job's name, so that SageMaker itself starts none twice.
    parameters : dict of str to str
        Of the pipeline.
    """

    def __init__(
        self, settings: RetrainDagSettings, job: Job, run: str, parameters: dict[str, str]
    ) -> None:
        self._settings, self._job, self._run = settings, job, run
        self._parameters = parameters

    def attempts(self) -> list[Attempt]:
        """Jobs of this run, each under its number."""
        found: list[Attempt] = []
        while attempt := self._attempt(len(found) + 1):
            found.append(attempt)
        return found

    def start(self, number: int) -> None:
        """Start the job; SageMaker refuses a name that it has had."""
        sagemaker = client("sagemaker")
        with suppress(sagemaker.exceptions.ResourceInUse):
            sagemaker.create_processing_job(
                ProcessingJobName=self._name(number), **self._arguments(sagemaker)
            )

    def _name(self, number: int) -> str:
        return f"{self._settings.pipeline_name}-{self._job}-{self._run}-{number}"

    def _attempt(self, number: int) -> Attempt | None:
        name, sagemaker = self._name(number), client("sagemaker")
        try:
            found = sagemaker.describe_processing_job(ProcessingJobName=name)
        except sagemaker.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise
        why = str(found.get("FailureReason", ""))
        state = _STATES.get(found["ProcessingJobStatus"], State.FAILED)
        return Attempt(name=name, state=state, passing=any(word in why for word in _PASSING))

    def _arguments(self, sagemaker: Any) -> dict[str, Any]:
        found = sagemaker.describe_pipeline(PipelineName=self._settings.pipeline_name)
        definition = json.loads(found["PipelineDefinition"])
        who = f"{self._settings.dag}/{self._run}"
        return job_arguments(
            definition, self._job, parameters=self._parameters, run=self._run, who=who
        )


def said_by(settings: RetrainDagSettings, job: Job, run: str) -> dict[str, Any]:
    """What a job of the run has left."""
    return _read(settings, run, said_file(job))


def verdict_of(settings: RetrainDagSettings, run: str) -> dict[str, Any]:
    """What `evaluate` says of the challenger."""
    return _read(settings, run, VERDICT_FILE)


def outcome_of(settings: RetrainDagSettings, run: str) -> dict[str, Any]:
    """What came of the run, as the job that it ended with has recorded it."""
    return _read(settings, run, OUTCOME_FILE)


def next_task(seen: Mapping[str, Any]) -> str:
    """Where a run goes on after its look for drift: the job has decided.

    Examples
    --------
    >>> next_task({"train": {"needed": False}})
    'skip'
    """
    return "train" if seen["train"]["needed"] else "skip"


def _read(settings: RetrainDagSettings, run: str, file: str) -> dict[str, Any]:
    bucket, _, prefix = settings.runs_uri.removeprefix("s3://").partition("/")
    key = f"{prefix.rstrip('/')}/{run}/{file}"
    answer = client("s3").get_object(Bucket=bucket, Key=key)
    found: dict[str, Any] = json.loads(answer["Body"].read())
    return found
