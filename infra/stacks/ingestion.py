"""Ingestion: a new file is admitted, catalogued, cleaned and loaded."""

import aws_cdk as cdk
from aws_cdk import aws_glue as glue
from constructs import Construct

from infra.constructs.python_function import PythonFunction
from infra.constructs.queue import DeadLetteredQueue
from infra.constructs.table import SecureTable
from infra.environments import Environment
from infra.stacks.base import LeadwiseStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.lake import LakeStack
from infra.stacks.network import NetworkStack
from infra.stacks.warehouse import WarehouseStack
from ml.contract.cloud_settings import IntakeSettings
from ml.contract.names import PRODUCT

_INTAKE_TIMEOUT = cdk.Duration.seconds(60)


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
        self._environment, self._foundation = environment, foundation
        name = f"{PRODUCT}-{environment.name}"
        self.job_name = f"{name}-clean-leads"
        self.job_arn = self.format_arn(service="glue", resource="job", resource_name=self.job_name)
        self.crawler_name = f"{name}-lake"
        self.catalog_database = f"{PRODUCT}_{environment.name}"
        self._database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=self.account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=self.catalog_database, description="Files of the lake as tables"
            ),
        )
        self.queue = DeadLetteredQueue(
            self,
            "NewFiles",
            key=foundation.operations_key,
            visibility_timeout=cdk.Duration.minutes(6),
        )
        self.intake = self._intake()

    def _intake(self) -> PythonFunction:
        key = self._foundation.operations_key
        seen = SecureTable(
            self,
            "SeenEvents",
            partition_key="id",
            key=key,
            removal=cdk.RemovalPolicy.DESTROY,
            expiry_attribute="expiration",
        )
        return PythonFunction(
            self,
            "Intake",
            module="intake",
            purpose="Admits new files and starts the job that cleans them",
            settings=IntakeSettings(
                use_case=self._environment.use_case,
                glue_job=self.job_name,
                idempotency_table=seen.table_name,
            ),
            environment=self._environment,
            key=key,
            timeout=_INTAKE_TIMEOUT,
        )
