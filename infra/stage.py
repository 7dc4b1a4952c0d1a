"""One environment, read as a sentence."""

import aws_cdk as cdk
from constructs import Construct

from infra.environments import Environment
from infra.stacks.lake import LakeStack
from ml.contract.names import PRODUCT


class LeadwiseStage(cdk.Stage):
    """Everything that one environment consists of.

    Parameters
    ----------
    scope : Construct
        The app.
    environment : Environment
        Whose values every stack is built from.
    """

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        super().__init__(
            scope,
            environment.name,
            env=cdk.Environment(account=environment.account, region=environment.region),
        )
        self.lake = LakeStack(self, "lake", environment=environment)

        tags = cdk.Tags.of(self)
        tags.add("project", PRODUCT)
        tags.add("environment", environment.name)
