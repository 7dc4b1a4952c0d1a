"""The clock that asks for a retrain."""

from dataclasses import asdict

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.role import ServiceRole
from infra.environments import Environment
from ml.contract.alerts import RetrainReason
from ml.contract.messages import RetrainWanted

# Scheduler puts the time here that it was due: one request per time, however often it is delivered.
_DUE = "<aws.scheduler.scheduled-time>"


def retrain_schedule(
    scope: Construct,
    id: str,
    *,
    environment: Environment,
    function: lambda_.IFunction,
    dead_letters: sqs.IQueue,
    key: kms.IKey,
) -> scheduler.Schedule:
    """A schedule in UTC that calls the retrain Lambda.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Its `retrain.schedule` says when.
    function : IFunction
        The retrain Lambda; all that the schedule's role may call.
    dead_letters : IQueue
        Receives calls that could not be made.
    key : IKey
        Encrypts schedule and dead letters.
    """
    role = ServiceRole(
        scope, f"{id}Role", "scheduler.amazonaws.com", description="Calls the retrain Lambda"
    )
    key.grant_encrypt(role)  # a dead letter is encrypted by whoever sends it
    wanted = RetrainWanted(
        use_case=environment.use_case, reason=RetrainReason.SCHEDULE.value, cause=_DUE
    )
    return scheduler.Schedule(
        scope,
        id,
        description=f"Retrains {environment.use_case}",
        schedule=scheduler.ScheduleExpression.expression(
            environment.retrain.schedule, cdk.TimeZone.ETC_UTC
        ),
        key=key,
        target=targets.LambdaInvoke(
            function,
            role=role,
            dead_letter_queue=dead_letters,
            input=scheduler.ScheduleTargetInput.from_object(asdict(wanted)),
            max_event_age=cdk.Duration.hours(2),
            retry_attempts=3,
        ),
    )
