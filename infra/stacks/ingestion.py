"""Ingestion: a new file is admitted, catalogued, cleaned and loaded."""

from constructs import Construct

from infra.environments import Environment
from infra.stacks.base import LeadwiseStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.lake import LakeStack
from infra.stacks.network import NetworkStack
from infra.stacks.warehouse import WarehouseStack


class IngestionStack(LeadwiseStack):
    """Raw file to clean table: event, queue, intake Lambda, Glue job, crawler and Athena.

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
    warehouse : WarehouseStack
        Where clean leads are loaded.

    Attributes
    ----------
    intake : PythonFunction
        Admits files and starts the job.
    queue : DeadLetteredQueue
        Events of new files.
    job_name : str
        Glue job that cleans.
    job_arn : str
        The same, for permissions.
    catalog_database : str
        Glue database.
    crawler_name : str
        Catalogues the raw files.
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
        warehouse: WarehouseStack,
    ) -> None:
        super().__init__(
            scope,
            id,
            environment=environment,
            purpose="raw files to clean tables",
        )
