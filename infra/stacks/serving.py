"""Serving: the endpoint that scores, and the API in front of it."""

from constructs import Construct

from infra.environments import Environment
from infra.stacks.base import LeadwiseStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.lake import LakeStack
from infra.stacks.network import NetworkStack
from infra.stacks.training import TrainingStack


class ServingStack(LeadwiseStack):
    """SageMaker endpoint with guardrails, and an HTTP API with sign-in.

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
    endpoint_name : str
        Exists once a champion has been deployed.
    score_lead : PythonFunction
        Behind the API.
    api_id : str
        The HTTP API.
    api_url : str
        Where leads are sent.
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
            purpose="endpoint and scoring API",
        )
