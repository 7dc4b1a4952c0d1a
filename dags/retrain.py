"""Retrain on Airflow: start the SageMaker pipeline, wait for it, and say how it ended.

The retrain Lambda starts the DAG, never a schedule of Airflow's own: so one lease is obeyed
whatever runs the pipeline, and the last task gives it back. Airflow adds its page: history, logs,
and the button that clears a failed run.
"""

from __future__ import annotations

import os
from hashlib import sha256
from typing import Any

from airflow.exceptions import AirflowException, AirflowFailException

from ml.contract.alerts import RetrainReason
from ml.contract.cloud_settings import RetrainDagSettings
from ml.contract.jobs import PipelineParameter
from ml.contract.messages import EVENT_SOURCE, RETRAIN_ENDED, RetrainEnded

try:
    from airflow.sdk import PokeReturnValue, dag, task
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task
    from airflow.sensors.base import PokeReturnValue

_SETTINGS = RetrainDagSettings.from_env(os.environ)
_POKE_SECONDS = 60
_STILL_RUNNING = {"Executing", "Stopping"}
_WELL = "Succeeded"


def _client(service: str) -> Any:
    import boto3  # parsing the file needs no AWS

    return boto3.client(service)


@task(retries=3)
def start(run_id: str | None = None, dag_run: Any = None) -> str:
    """ARN of the pipeline's execution; Airflow gives the run, whose retry starts no second one."""
    reason = (dag_run.conf or {}).get("reason", RetrainReason.MANUAL.value)
    answer = _client("sagemaker").start_pipeline_execution(
        PipelineName=_SETTINGS.pipeline,
        PipelineExecutionDescription=f"Airflow run {run_id}",
        PipelineParameters=[{"Name": PipelineParameter.REASON.value, "Value": reason}],
        ClientRequestToken=sha256(str(run_id).encode()).hexdigest(),
    )
    return str(answer["PipelineExecutionArn"])


@task.sensor(
    poke_interval=_POKE_SECONDS, timeout=_SETTINGS.patience_minutes * 60, mode="reschedule"
)
def finished(execution: str) -> PokeReturnValue:
    """How the execution ended, without holding a worker meanwhile."""
    found = _client("sagemaker").describe_pipeline_execution(PipelineExecutionArn=execution)
    status = str(found["PipelineExecutionStatus"])
    return PokeReturnValue(is_done=status not in _STILL_RUNNING, xcom_value=status)


@task(retries=3, trigger_rule="all_done")
def announce(status: str | None, run_id: str | None = None) -> None:
    """Give the lease back, however the run ended; fail where it did not end well."""
    ended = RetrainEnded(use_case=_SETTINGS.use_case, run=str(run_id), status=status or "Failed")
    event = {
        "Source": EVENT_SOURCE,
        "DetailType": RETRAIN_ENDED,
        "Detail": ended.to_json(),
        "Resources": [_SETTINGS.pipeline],
    }
    if _client("events").put_events(Entries=[event])["FailedEntryCount"]:
        raise AirflowException(f"EventBridge did not take {event}")  # so that it is tried again
    if ended.status != _WELL:
        raise AirflowFailException(f"the run ended as {ended.status}; see the tasks before this")


@dag(
    dag_id=_SETTINGS.dag,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    tags=["leadwise", _SETTINGS.use_case],
    doc_md=__doc__,
)
def retrain() -> None:
    """The run as a whole."""
    announce(finished(start()))


retrain()
