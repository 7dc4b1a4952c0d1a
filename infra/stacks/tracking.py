"""Tracking: the MLflow server, its database, and its name in the VPC."""

from constructs import Construct

from infra.environments import Environment
from infra.stacks.base import LeadwiseStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.lake import LakeStack
from infra.stacks.network import NetworkStack


class TrackingStack(LeadwiseStack):
    """MLflow on one self-healing machine; all state lies in PostgreSQL and S3.

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

    Attributes
    ----------
    uri : str
        ``http://mlflow.<environment>.leadwise.internal:5000``
    admin_secret : Secret
        User name and password of its administrator, and the key of its sessions.
    group_name : str
        Auto Scaling group of one.
    database : DatabaseInstance
        Backend store.
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
    ) -> None:
        super().__init__(
            scope,
            id,
            environment=environment,
            purpose="MLflow server",
            holds_data=True,
        )
