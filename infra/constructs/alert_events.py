"""What ended badly: the job that cleans, the pipeline that trains, a deployment, the check."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.constructs.alert_event import AlertEvent
from infra.constructs.alert_topics import AlertTopics
from infra.constructs.notifier import Notifier
from infra.environments import Environment
from infra.shapes import Orchestrator
from infra.stacks.ingestion import IngestionStack
from infra.stacks.orchestration import OrchestrationStack
from infra.stacks.serving import ServingStack
from infra.stacks.training import TrainingStack
from ml.contract.alerts import AlertSeverity, RetrainReason
from ml.contract.messages import EVENT_SOURCE, RETRAIN_ENDED, SKIPPED, SUCCEEDED

_BADLY = ["Failed", "Stopped"]
# SageMaker documents its events in one spelling and its API in another.
_NOT_DEPLOYED = [
    "FAILED",
    "Failed",
    "ROLLING_BACK",
    "RollingBack",
    "UPDATE_ROLLBACK_FAILED",
    "UpdateRollbackFailed",
]
# Where an event says which run it was, and how it ended.
_PIPELINE_FIELDS = ("pipelineExecutionArn", "currentPipelineExecutionStatus")
_DAG_FIELDS = ("run", "status")


class AlertEvents(Construct):
    """Alerts about runs, which AWS tells as events; call the method of each part that is there.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Its orchestrator says how a retrain ended.
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
        notifier: Notifier,
        topics: AlertTopics,
    ) -> None:
        super().__init__(scope, id)
        self._environment, self._notifier, self._topics = environment, notifier, topics

    def on_cleaning(self, ingestion: IngestionStack) -> None:
        """The job that cleans leads ended badly."""
        run, state = (events.EventField.from_path(f"$.detail.{n}") for n in ("jobRunId", "state"))
        self._alert(
            "CleaningFailed",
            events.EventPattern(
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
        )

    def on_retrain(self, training: TrainingStack) -> None:
        """A retrain ended badly."""
        by_pipeline = self._environment.orchestrator is Orchestrator.PIPELINE
        names = _PIPELINE_FIELDS if by_pipeline else _DAG_FIELDS
        run, status = (events.EventField.from_path(f"$.detail.{name}") for name in names)
        self._alert(
            "RetrainFailed",
            _pipeline_failed(training) if by_pipeline else _dag_failed(training),
            rule="retrain-failed",
            subject=training.pipeline_name,
            says=f"Retrain {run} ended as {status}; the model in force stays.",
        )

    def on_deployment(self, serving: ServingStack) -> None:
        """The endpoint did not take a new model: look now, it may have none that answers."""
        status = events.EventField.from_path("$.detail.EndpointStatus")
        self._alert(
            "DeploymentFailed",
            events.EventPattern(
                source=["aws.sagemaker"],
                detail_type=["SageMaker Endpoint State Change"],
                detail={"EndpointName": [serving.endpoint_name], "EndpointStatus": _NOT_DEPLOYED},
            ),
            rule="deployment-failed",
            subject=serving.endpoint_name,
            says=f"The endpoint is {status}: it did not take what was deployed.",
            severity=AlertSeverity.CRITICAL,
        )

    def on_data_quality(
        self, schedule_arn: str, serving: ServingStack, orchestration: OrchestrationStack
    ) -> None:
        """What the endpoint is asked is no longer what it was trained on: tell, and retrain."""
        job = events.EventField.from_path("$.detail.ProcessingJobName")
        self._alert(
            "CheckFailed",
            _check_ended(schedule_arn, "ProcessingJobStatus", _BADLY),
            rule="data-quality-failed",
            subject=f"{serving.endpoint_name} data quality",
            says=f"The daily check {job} did not finish: nobody knows whether requests drifted.",
        )
        alert = self._alert(
            "DataDrifted",
            _check_ended(schedule_arn, "ExitMessage", [{"prefix": "CompletedWithViolations"}]),
            rule="drift",
            subject=serving.endpoint_name,
            says=f"Requests differ from what the model was trained on; {job} says where.",
        )
        wanted = {"reason": RetrainReason.DRIFT.value, "cause": f"Model Monitor {job}"}
        alert.rule.add_target(
            targets.LambdaFunction(
                orchestration.retrain_trigger,
                event=events.RuleTargetInput.from_object(wanted),
                dead_letter_queue=self._notifier.dead_letters,
                max_event_age=cdk.Duration.hours(2),
                retry_attempts=3,
            )
        )

    def _alert(
        self,
        id: str,
        pattern: events.EventPattern,
        *,
        rule: str,
        subject: str,
        says: str,
        severity: AlertSeverity = AlertSeverity.WARNING,
    ) -> AlertEvent:
        return AlertEvent(
            self,
            id,
            pattern=pattern,
            rule=rule,
            subject=subject,
            says=says,
            severity=severity,
            notifier=self._notifier,
            topics=self._topics,
        )


def _check_ended(schedule_arn: str, field: str, values: list[Any]) -> events.EventPattern:
    return events.EventPattern(
        source=["aws.sagemaker"],
        detail_type=["SageMaker Processing Job State Change"],
        detail={"MonitoringScheduleArn": [schedule_arn], field: values},
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
        detail={"status": [{"anything-but": [SUCCEEDED, SKIPPED]}]},
    )
