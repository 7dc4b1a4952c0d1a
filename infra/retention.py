"""What becomes of data when its stack is deleted: it stays, unless two keys say otherwise."""

from aws_cdk import RemovalPolicy
from constructs import Construct

from infra.environments import Environment
from ml.contract.errors import InvalidSettings

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

    Raises
    ------
    InvalidSettings
        When the flag is given to production: who asks that is about to make a mistake.
    """
    # The command line's -c gives text, cdk.json a boolean.
    asked = str(scope.node.try_get_context(DESTROY_DATA)).lower() == "true"
    if asked and environment.is_production:
        raise InvalidSettings(
            f"environment {environment.name!r}: {DESTROY_DATA} is true; expected it absent, since "
            "production never gives its data up; name the environment that shall: -c only=dev"
        )
    return RemovalPolicy.DESTROY if asked and not environment.keep_data else RemovalPolicy.RETAIN
