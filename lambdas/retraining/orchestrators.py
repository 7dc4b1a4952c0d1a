"""What runs a retrain: a SageMaker pipeline, or a DAG of managed Airflow.

Both get an id that is derived from the request, so that asking twice starts one run.
"""

from __future__ import annotations

from datetime import UTC, datetime

from botocore.exceptions import ClientError

from lambdas.clients import client
from ml.contract.cloud_settings import RetrainTriggerSettings
from ml.contract.errors import InvalidSettings
from ml.contract.jobs import PipelineParameter
from ml.contract.messages import RetrainWanted
from ml.contract.retraining import Lease

_CONFLICT = 409


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
