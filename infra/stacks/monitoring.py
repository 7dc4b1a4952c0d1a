"""Monitoring: dashboards, alarms, the notifier and the budget."""

from constructs import Construct

from infra.environments import Environment
from infra.stacks.base import LeadwiseStack
from infra.stacks.console import ConsoleStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.ingestion import IngestionStack
from infra.stacks.lake import LakeStack
from infra.stacks.orchestration import OrchestrationStack
from infra.stacks.serving import ServingStack
from infra.stacks.tracking import TrackingStack
from infra.stacks.training import TrainingStack
from infra.stacks.warehouse import WarehouseStack


class MonitoringStack(LeadwiseStack):
    """What watches the other stacks and tells people.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Its sizes and schedules.
    foundation : FoundationStack
        Keys and alert topics.
    lake : LakeStack
        Buckets.
    warehouse : WarehouseStack
        Where clean leads are loaded.
    tracking : TrackingStack
        MLflow.
    ingestion : IngestionStack
        Job and catalog.
    training : TrainingStack
        Image and pipeline.
    serving : ServingStack
        Endpoint and API.
    console : ConsoleStack | None
        The web pages, where the environment has them.
    orchestration : OrchestrationStack
        What retrains.

    Attributes
    ----------
    notifier : PythonFunction
        Listens to the alert topics.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        foundation: FoundationStack,
        lake: LakeStack,
        warehouse: WarehouseStack,
        tracking: TrackingStack,
        ingestion: IngestionStack,
        training: TrainingStack,
        serving: ServingStack,
        console: ConsoleStack | None,
        orchestration: OrchestrationStack,
    ) -> None:
        super().__init__(
            scope,
            id,
            environment=environment,
            purpose="dashboards, alarms and budget",
        )
