"""Log groups that managed Airflow writes to, made by us so that they are encrypted and end."""

from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.logs import log_group
from infra.environments import Environment

_KINDS = ("DAGProcessing", "Scheduler", "Task", "WebServer", "Worker")


def airflow_logs(
    scope: Construct, *, name: str, environment: Environment, key: kms.IKey
) -> Construct:
    """The five log groups of an MWAA environment; MWAA uses those that it finds.

    Parameters
    ----------
    scope : Construct
        Where they belong.
    name : str
        Of the MWAA environment, part of the names that MWAA expects.
    environment : Environment
        Says how long lines are kept.
    key : IKey
        Encrypts the lines.

    Returns
    -------
    Construct
        What the MWAA environment depends on.
    """
    groups = Construct(scope, "Logs")
    for kind in _KINDS:
        group = log_group(groups, kind, name=kind, environment=environment, key=key)
        found = group.node.default_child
        assert isinstance(found, logs.CfnLogGroup)
        found.log_group_name = f"airflow-{name}-{kind}"
    return groups
