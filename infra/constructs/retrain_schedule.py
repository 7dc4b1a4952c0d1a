"""The clock that asks for a retrain."""

import json
from dataclasses import asdict

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.role import ServiceRole
from infra.environments import Environment
from ml.contract.alerts import RetrainReason
from ml.contract.messages import RetrainWanted

_Schedule = scheduler.CfnSchedule
_TWO_HOURS_SECONDS = 2 * 3600
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
) -> scheduler.CfnSchedule:
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
    for actions, resource in (
        (["lambda:InvokeFunction"], function.function_arn),
        (["sqs:SendMessage"], dead_letters.queue_arn),
        (["kms:Decrypt", "kms:GenerateDataKey"], key.key_arn),  # a sender encrypts dead letters
    ):
        role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[resource]))
    schedule = scheduler.CfnSchedule(
        scope,
        id,
        description=f"Retrains {environment.use_case}",
        schedule_expression=environment.retrain.schedule,
        schedule_expression_timezone="Etc/UTC",
        state="ENABLED",
        flexible_time_window=_Schedule.FlexibleTimeWindowProperty(mode="OFF"),
        kms_key_arn=key.key_arn,
        target=_Schedule.TargetProperty(
            arn=function.function_arn,
            role_arn=role.role_arn,
            dead_letter_config=_Schedule.DeadLetterConfigProperty(arn=dead_letters.queue_arn),
            input=json.dumps(asdict(_wanted(environment))),
            retry_policy=_Schedule.RetryPolicyProperty(
                maximum_event_age_in_seconds=_TWO_HOURS_SECONDS, maximum_retry_attempts=3
            ),
        ),
    )
    schedule.node.add_dependency(role)
    return schedule


def _wanted(environment: Environment) -> RetrainWanted:
    return RetrainWanted(
        use_case=environment.use_case, reason=RetrainReason.SCHEDULE.value, cause=_DUE
    )
