"""The warehouse: Redshift Serverless, private, capped, with its tables."""

from constructs import Construct

from infra.environments import Environment
from infra.stacks.base import LeadwiseStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.lake import LakeStack
from infra.stacks.network import NetworkStack


class WarehouseStack(LeadwiseStack):
    """Redshift Serverless and the Lambda that keeps its tables as the use case says.

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
    workgroup_name : str
        Where statements run.
    workgroup_arn : str
        The same, for permissions.
    database_name : str
        Of the only database.
    admin_secret_arn : str
        Secret that Redshift makes and rotates itself.
    load_role : Role
        What Redshift is when it reads the clean bucket for COPY and writes it for UNLOAD.
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
            purpose="Redshift Serverless",
            holds_data=True,
        )
