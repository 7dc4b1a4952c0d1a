"""What every stack of an environment has in common."""

import aws_cdk as cdk
from constructs import Construct

from infra.environments import Environment
from ml.contract.names import PRODUCT


class LeadwiseStack(cdk.Stack):
    """A stack that is named after product, environment and concern: ``leadwise-dev-lake``.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Whose values it is built from.
    purpose : str
        What it is for; completes its description.
    holds_data : bool, default=False
        Whether deleting it by accident must be impossible where the environment keeps its data.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        purpose: str,
        holds_data: bool = False,
    ) -> None:
        super().__init__(
            scope,
            id,
            stack_name=f"{PRODUCT}-{environment.name}-{id}",
            description=f"Leadwise {environment.name}: {purpose}",
            termination_protection=holds_data and environment.keep_data,
        )
