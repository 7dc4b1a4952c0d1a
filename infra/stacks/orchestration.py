"""Orchestration: what asks for a retrain, and what runs it, once."""

from constructs import Construct

from infra.environments import Environment
from infra.stacks.base import LeadwiseStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.ingestion import IngestionStack
from infra.stacks.lake import LakeStack
from infra.stacks.network import NetworkStack
from infra.stacks.tracking import TrackingStack
from infra.stacks.training import TrainingStack


class OrchestrationStack(LeadwiseStack):
    """The retrain Lambda with its lease, its schedule, and MWAA where the environment says so.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Its sizes and schedules.
    foundation : FoundationStack
        Keys and alert topics.
    network : NetworkStack
        VPC and tiers.
    lake : LakeStack
        Buckets.
    ingestion : IngestionStack
        Job and catalog.
    training : TrainingStack
        Image and pipeline.
    tracking : TrackingStack
        MLflow.

    Attributes
    ----------
    retrain_trigger : PythonFunction
        Starts at most one retrain.
    airflow_name : str | None
        MWAA environment.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        foundation: FoundationStack,
        network: NetworkStack,
        lake: LakeStack,
        ingestion: IngestionStack,
        training: TrainingStack,
        tracking: TrackingStack,
    ) -> None:
        super().__init__(
            scope,
            id,
            environment=environment,
            purpose="retraining, on schedule and on request",
        )
