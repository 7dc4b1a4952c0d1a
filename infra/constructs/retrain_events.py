"""Events that ask for a retrain, the one that says it is over, and the clock that asks its age."""

from dataclasses import asdict

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.environments import Environment
from infra.shapes import Orchestrator
from ml.contract.alerts import RetrainReason, drift_alarm
from ml.contract.messages import (
    EVENT_SOURCE,
    RETRAIN_AGE_ASKED,
    RETRAIN_ENDED,
    RETRAIN_WANTED,
    RetrainAgeAsked,
)

_LOOK = cdk.Duration.hours(1)


class RetrainEvents(Construct):
    """EventBridge rules that call the retrain Lambda.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Whose drift alarm and requests are heard.
    clean_job : str
        Glue job whose success means new data.
    pipeline_arn : str
        SageMaker pipeline that requests are about, and whose end gives the lease back. Our own
        events name it among their resources: environments may share an account.
    function : IFunction
        The retrain Lambda.
    dead_letters : IQueue
        Receives events that could not be delivered.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        clean_job: str,
        pipeline_arn: str,
        function: lambda_.IFunction,
        dead_letters: sqs.IQueue,
    ) -> None:
        super().__init__(scope, id)
        self._function, self._dead_letters = function, dead_letters
        self._on(
            "Drift",
            "The drift alarm rings",
            events.EventPattern(
                source=["aws.cloudwatch"],
                detail_type=["CloudWatch Alarm State Change"],
                detail={
                    "alarmName": [drift_alarm(environment.name)],
                    "state": {"value": ["ALARM"]},
                },
            ),
        )
        self._on(
            "NewData",
            "New leads have been cleaned",
            events.EventPattern(
                source=["aws.glue"],
                detail_type=["Glue Job State Change"],
                detail={"jobName": [clean_job], "state": ["SUCCEEDED"]},
            ),
            said=_new_data(),
        )
        self._on(
            "Said",
            "A retrain is wanted, or has ended, as our own code says",
            events.EventPattern(
                source=[EVENT_SOURCE],
                detail_type=[RETRAIN_WANTED, RETRAIN_ENDED],
                resources=[pipeline_arn],
            ),
        )
        if environment.orchestrator is Orchestrator.PIPELINE:  # Airflow's DAG says it itself
            self._on("Ended", "A retrain has ended", _end_of(pipeline_arn))
        events.Rule(
            self,
            "Age",
            description="How long ago a retrain succeeded is looked at every hour",
            schedule=events.Schedule.rate(_LOOK),
            targets=[self._target(_age_of(environment.use_case))],
        )

    def _on(
        self,
        id: str,
        says: str,
        pattern: events.EventPattern,
        said: events.RuleTargetInput | None = None,
    ) -> None:
        target = self._target(said)
        events.Rule(self, id, description=says, event_pattern=pattern, targets=[target])

    def _target(self, said: events.RuleTargetInput | None) -> targets.LambdaFunction:
        return targets.LambdaFunction(
            self._function,
            event=said,
            dead_letter_queue=self._dead_letters,
            max_event_age=cdk.Duration.hours(2),
            retry_attempts=3,
        )


def _new_data() -> events.RuleTargetInput:
    """The request, in its own words: one for each run of the job."""
    run = events.EventField.from_path("$.detail.jobRunId")
    return events.RuleTargetInput.from_object(
        {"reason": RetrainReason.NEW_DATA.value, "cause": f"Glue run {run}"}
    )


def _age_of(use_case: str) -> events.RuleTargetInput:
    return events.RuleTargetInput.from_object(
        {
            "source": EVENT_SOURCE,
            "detail-type": RETRAIN_AGE_ASKED,
            "detail": asdict(RetrainAgeAsked(use_case=use_case)),
        }
    )


def _end_of(pipeline_arn: str) -> events.EventPattern:
    return events.EventPattern(
        source=["aws.sagemaker"],
        detail_type=["SageMaker Model Building Pipeline Execution Status Change"],
        detail={
            "pipelineArn": [pipeline_arn],
            "currentPipelineExecutionStatus": ["Succeeded", "Failed", "Stopped"],
        },
    )
