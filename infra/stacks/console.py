"""The console: the web pages on Fargate, behind a load balancer with sign-in."""

from constructs import Construct

from infra.environments import Environment
from infra.stacks.base import LeadwiseStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.lake import LakeStack
from infra.stacks.network import NetworkStack
from infra.stacks.training import TrainingStack


class ConsoleStack(LeadwiseStack):
    """What sales people open in the morning.

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
    training : TrainingStack
        Image and pipeline.

    Attributes
    ----------
    balancer_name : str
        Full name of the load balancer, for metrics.
    service_name : str
        ECS service.
    cluster_name : str
        ECS cluster.
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
        training: TrainingStack,
    ) -> None:
        super().__init__(
            scope,
            id,
            environment=environment,
            purpose="web pages",
        )
