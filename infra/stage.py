"""One environment, read as a sentence."""

from typing import TypedDict

import aws_cdk as cdk
from constructs import Construct

from infra.environments import Environment, select
from infra.stacks.console import ConsoleStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.ingestion import IngestionStack
from infra.stacks.lake import LakeStack
from infra.stacks.monitoring import MonitoringStack
from infra.stacks.network import NetworkStack
from infra.stacks.orchestration import OrchestrationStack
from infra.stacks.serving import ServingStack
from infra.stacks.tracking import TrackingStack
from infra.stacks.training import TrainingStack
from infra.stacks.warehouse import WarehouseStack
from ml.contract.names import PRODUCT


class _Ground(TypedDict):
    """What nearly every stack stands on."""

    environment: Environment
    foundation: FoundationStack
    network: NetworkStack
    lake: LakeStack


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
        self.foundation = FoundationStack(self, "foundation", environment=environment)
        self.network = NetworkStack(
            self, "network", environment=environment, key=self.foundation.operations_key
        )
        self.lake = LakeStack(
            self,
            "lake",
            environment=environment,
            foundation=self.foundation,
            network=self.network,
        )
        ground: _Ground = {
            "environment": environment,
            "foundation": self.foundation,
            "network": self.network,
            "lake": self.lake,
        }
        self.warehouse = WarehouseStack(self, "warehouse", **ground)
        self.tracking = TrackingStack(self, "tracking", **ground)
        self.ingestion = IngestionStack(self, "ingestion", **ground, warehouse=self.warehouse)
        self.training = TrainingStack(
            self,
            "training",
            **ground,
            warehouse=self.warehouse,
            tracking=self.tracking,
            ingestion=self.ingestion,
        )
        self.serving = ServingStack(self, "serving", **ground, training=self.training)
        self.console = (
            ConsoleStack(self, "console", **ground, training=self.training)
            if environment.console
            else None
        )
        self.orchestration = OrchestrationStack(
            self,
            "orchestration",
            **ground,
            ingestion=self.ingestion,
            training=self.training,
            tracking=self.tracking,
        )
        self.monitoring = MonitoringStack(
            self,
            "monitoring",
            **ground,
            warehouse=self.warehouse,
            tracking=self.tracking,
            ingestion=self.ingestion,
            training=self.training,
            serving=self.serving,
            console=self.console,
            orchestration=self.orchestration,
        )

        tags = cdk.Tags.of(self)
        tags.add("project", PRODUCT)
        tags.add("environment", environment.name)


def add_stages(app: cdk.App, only: str | None) -> cdk.App:
    """Add every environment to an app, or the one of that name.

    Raises
    ------
    UnknownName
        When no environment has that name.
    """
    for environment in select(only):
        LeadwiseStage(app, environment=environment)
    return app
