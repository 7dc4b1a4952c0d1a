"""A log group that is encrypted, ends its lines, and says whose it is."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.environments import Environment
from ml.contract.names import PRODUCT

_RETENTION = {
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
    731: logs.RetentionDays.TWO_YEARS,
}


def log_group(
    scope: Construct, id: str, *, name: str, environment: Environment, key: kms.IKey
) -> logs.LogGroup:
    """The log group ``/leadwise/<environment>/<name>``, or one under a service's own name for it.

    Parameters
    ----------
    scope, id
        As of every construct.
    name : str
        What writes to it, such as ``"lambda/intake"``; one that begins with a slash is the whole
        name, for services that choose it themselves.
    environment : Environment
        Says how many days its lines are kept.
    key : IKey
        The environment's operations key; its policy lets CloudWatch Logs use it.
    """
    return logs.LogGroup(
        scope,
        id,
        log_group_name=name if name[0] == "/" else f"/{PRODUCT}/{environment.name}/{name}",
        encryption_key=key,
        retention=_RETENTION[environment.log_days],
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
