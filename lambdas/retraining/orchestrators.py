"""What runs a retrain: a SageMaker pipeline, or a DAG of managed Airflow.

Both get an id that is derived from the request, so that asking twice starts one run.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from lambdas.clients import client
from ml.contract.cloud_settings import RetrainTriggerSettings
from ml.contract.errors import InvalidSettings
from ml.contract.jobs import Job, PipelineParameter, step_name
from ml.contract.messages import SKIPPED, SUCCEEDED, RetrainEnded, RetrainWanted
from ml.contract.retraining import Lease

_CONFLICT = 409
_MOST_STEPS = 100  # as many as SageMaker tells at once; the pipeline has fewer than ten


def start(wanted: RetrainWanted, lease: Lease, settings: RetrainTriggerSettings) -> str:
    """Start the run of a request; returns its ARN or id.

    Raises
    ------
    InvalidSettings
        If the orchestrator is none that exists.
    """
    match settings.orchestrator:
        case "pipeline":
            return _start_pipeline(wanted, lease, settings)
        case "mwaa":
            return _start_dag(wanted, lease, settings)
    raise InvalidSettings(f"orchestrator is {settings.orchestrator!r}; expected pipeline or mwaa")


def really_ended(ended: RetrainEnded, settings: RetrainTriggerSettings) -> RetrainEnded:
    """How a run ended: SageMaker's word for one that looked and trained nothing is `Succeeded`.

    A DAG says itself that it skipped; of a pipeline's run the steps are asked for.

    Parameters
    ----------
    ended : RetrainEnded
        As it was told.
    settings : RetrainTriggerSettings
        What ran it.

    Raises
    ------
    ClientError
        If SageMaker does not say: nothing may be noted then that is only guessed.
    """
    if settings.orchestrator != "pipeline" or ended.status != SUCCEEDED:
        return ended
    found = client("sagemaker").list_pipeline_execution_steps(
        PipelineExecutionArn=ended.run, MaxResults=_MOST_STEPS
    )
    done = {
        step["StepName"]
        for step in found["PipelineExecutionSteps"]
        if step["StepStatus"] == SUCCEEDED
    }
    return ended if step_name(Job.REGISTER) in done else replace(ended, status=SKIPPED)


def _start_pipeline(wanted: RetrainWanted, lease: Lease, settings: RetrainTriggerSettings) -> str:
    started = client("sagemaker").start_pipeline_execution(
        PipelineName=settings.target,
        PipelineExecutionDisplayName=_display_name(wanted, lease),
        PipelineParameters=[{"Name": PipelineParameter.REASON.value, "Value": wanted.reason}],
        ClientRequestToken=wanted.run_key,
    )
    run: str = started["PipelineExecutionArn"]
    return run


def _display_name(wanted: RetrainWanted, lease: Lease) -> str:
    return f"{wanted.reason.replace('_', '-')}-{lease.token}"


def _start_dag(wanted: RetrainWanted, lease: Lease, settings: RetrainTriggerSettings) -> str:
    run = f"{_display_name(wanted, lease)}-{wanted.run_key}"
    try:
        # A call to AWS, not to the web server, which stays private.
        client("mwaa").invoke_rest_api(
            Name=settings.target,
            Path=f"/dags/{settings.dag}/dagRuns",
            Method="POST",
            Body={
                "dag_run_id": run,
                # Airflow 3 wants one said; it tells runs of one DAG apart.
                "logical_date": datetime.now(UTC).isoformat(),
                "conf": {"reason": wanted.reason, "run": run, "fence": lease.token},
            },
        )
    except ClientError as error:
        if error.response.get("RestApiStatusCode") != _CONFLICT:
            raise
    return run
