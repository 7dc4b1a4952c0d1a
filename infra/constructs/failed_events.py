"""Events that a function failed on, kept with the dead letters."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

_TRIES_AGAIN = 2


def keep_failed_events(function: lambda_.Function, queue: sqs.Queue, *, key: kms.IKey) -> None:
    """Let Lambda try an event thrice, and put it into a queue then.

    The CDK's own destination gives the function's role more of queue and key than this takes.

    Parameters
    ----------
    function : Function
        Called by events.
    queue : Queue
        Dead letters.
    key : IKey
        Encrypts them.
    """
    lambda_.CfnEventInvokeConfig(
        function,
        "FailedEvents",
        function_name=function.function_name,
        qualifier="$LATEST",
        maximum_retry_attempts=_TRIES_AGAIN,
        destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
            on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=queue.queue_arn)
        ),
    )
    for action, resource in (
        ("sqs:SendMessage", queue.queue_arn),
        ("kms:GenerateDataKey", key.key_arn),
    ):
        function.add_to_role_policy(iam.PolicyStatement(actions=[action], resources=[resource]))
