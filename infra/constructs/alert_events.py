"""Runs that failed: of the job that cleans leads, and of the pipeline that trains."""

from aws_cdk import aws_events as events
from constructs import Construct

from infra.constructs.alert_event import AlertEvent
from infra.constructs.alert_topics import AlertTopics
from infra.constructs.notifier import Notifier
from infra.environments import Environment
from infra.shapes import Orchestrator
from infra.stacks.ingestion import IngestionStack
from infra.stacks.training import TrainingStack
from ml.contract.alerts import AlertSeverity
from ml.contract.messages import EVENT_SOURCE, RETRAIN_ENDED

_BADLY = ["Failed", "Stopped"]


class AlertEvents(Construct):
    """Alerts about runs, which AWS tells as events.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Its orchestrator says how a retrain ended.
    ingestion : IngestionStack
        Its job.
    training : TrainingStack
        Its pipeline.
    notifier : Notifier
        Who is told.
    topics : AlertTopics
        Whose severities the alerts have.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        ingestion: IngestionStack,
        training: TrainingStack,
        notifier: Notifier,
        topics: AlertTopics,
    ) -> None:
        super().__init__(scope, id)
        run, state = (events.EventField.from_path(f"$.detail.{n}") for n in ("jobRunId", "state"))
        AlertEvent(
            self,
            "CleaningFailed",
            pattern=events.EventPattern(
                source=["aws.glue"],
                detail_type=["Glue Job State Change"],
                detail={
                    "jobName": [ingestion.job_name],
                    "state": ["FAILED", "TIMEOUT", "STOPPED", "ERROR"],
                },
            ),
            rule="cleaning-failed",
            subject=ingestion.job_name,
            says=f"Run {run} of the job that cleans leads ended as {state}.",
            severity=AlertSeverity.WARNING,
            notifier=notifier,
            topics=topics,
        )
        by_pipeline = environment.orchestrator is Orchestrator.PIPELINE
        AlertEvent(
            self,
            "RetrainFailed",
            pattern=_pipeline_failed(training) if by_pipeline else _dag_failed(training),
            rule="retrain-failed",
            subject=training.pipeline_name,
            says="A retrain did not succeed; the model in force stays.",
            severity=AlertSeverity.WARNING,
            notifier=notifier,
            topics=topics,
        )


def _pipeline_failed(training: TrainingStack) -> events.EventPattern:
    return events.EventPattern(
        source=["aws.sagemaker"],
        detail_type=["SageMaker Model Building Pipeline Execution Status Change"],
        detail={
            "pipelineArn": [training.pipeline_arn],
            "currentPipelineExecutionStatus": _BADLY,
        },
    )


def _dag_failed(training: TrainingStack) -> events.EventPattern:
    """As Airflow's DAG announces it, which knows also of runs that never reached SageMaker."""
    return events.EventPattern(
        source=[EVENT_SOURCE],
        detail_type=[RETRAIN_ENDED],
        resources=[training.pipeline_arn],
        detail={"status": [{"anything-but": ["Succeeded"]}]},
    )
