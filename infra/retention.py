"""What becomes of data when its stack is deleted: it stays, unless two keys say otherwise."""

from aws_cdk import RemovalPolicy
from constructs import Construct

from infra.environments import Environment

DESTROY_DATA = "destroy_data"


def removal_of_data(scope: Construct, environment: Environment) -> RemovalPolicy:
    """Removal policy of every resource that holds data.

    Parameters
    ----------
    scope : Construct
        Where the context flag ``destroy_data`` is looked up.
    environment : Environment
        The first key is its ``keep_data=False``.

    Returns
    -------
    RemovalPolicy
        DESTROY where the environment gives its data up and the flag is ``true``; else RETAIN.
    """
    # The command line's -c gives text, cdk.json a boolean.
    asked = str(scope.node.try_get_context(DESTROY_DATA)).lower() == "true"
    return RemovalPolicy.DESTROY if asked and not environment.keep_data else RemovalPolicy.RETAIN
