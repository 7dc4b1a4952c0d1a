"""Ingestion: a new file is admitted, catalogued, cleaned and loaded."""

import aws_cdk as cdk
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.alarm import alarm
from infra.constructs.cleaning_job import CleaningJob
from infra.constructs.event_route import EventRoute
from infra.constructs.glue_security import GlueSecurity
from infra.constructs.lake_crawler import LakeCrawler
from infra.constructs.lake_queries import LakeQueries
from infra.constructs.python_function import PythonFunction
from infra.constructs.queue import DeadLetteredQueue
from infra.constructs.table import SecureTable
from infra.constructs.tiers import Tier
from infra.constructs.warehouse_connection import WarehouseConnection
from infra.environments import Environment
from infra.stacks.base import LeadwiseStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.lake import LakeStack
from infra.stacks.network import NetworkStack
from infra.stacks.warehouse import WarehouseStack
from ml.contract.alerts import AlertSeverity
from ml.contract.cloud_settings import IntakeSettings
from ml.contract.names import PRODUCT
from ml.contract.places import raw_prefix
from ml.use_cases import find

_TIMEOUT, _SIX_TIMEOUTS = cdk.Duration.seconds(60), cdk.Duration.minutes(6)
_RECEIVE = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
_REMEMBER = ("dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")


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
        Lists the lake's files as tables.
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
        self._environment, self._foundation, self._lake = environment, foundation, lake
        name = f"{PRODUCT}-{environment.name}"
        self.job_name = f"{name}-clean-leads"
        self.job_arn = self.format_arn(service="glue", resource="job", resource_name=self.job_name)
        self.crawler_name = f"{name}-lake"
        self._security = GlueSecurity(
            self,
            "Security",
            environment=environment,
            data_key=foundation.data_key,
            operations_key=foundation.operations_key,
        )
        database = self._database(f"{PRODUCT}_{environment.name}")
        self.catalog_database = database.ref
        self._clean(network, warehouse)
        self._catalogue(database)
        self.queue = DeadLetteredQueue(
            self,
            "NewFiles",
            key=foundation.operations_key,
            visibility_timeout=_SIX_TIMEOUTS,
        )
        self.intake = self._intake()
        self._announce_new_files()
        self._tell_of_trouble()

    def _database(self, name: str) -> glue.CfnDatabase:
        return glue.CfnDatabase(
            self,
            "Database",
            catalog_id=self.account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=name, description="The lake's files as tables"
            ),
        )

    def _clean(self, network: NetworkStack, warehouse: WarehouseStack) -> None:
        host = f"{warehouse.workgroup_name}.{self.account}.{self.region}.redshift-serverless"
        connection = WarehouseConnection(
            self,
            "Warehouse",
            name=f"{PRODUCT}-{self._environment.name}-warehouse",
            url=f"jdbc:redshift://{host}.{self.url_suffix}:5439/{warehouse.database_name}",
            secret_name=warehouse.admin_secret_name,
            secret_arn=warehouse.admin_secret_arn,
            secret_key=self._foundation.operations_key,
            subnet=network.vpc.select_subnets(subnet_type=network.private.subnet_type).subnets[0],
            group=network.tiers[Tier.GLUE],
        )
        CleaningJob(
            self,
            "Cleaning",
            name=self.job_name,
            environment=self._environment,
            raw=self._lake.raw,
            clean=self._lake.clean,
            security=self._security,
            connection=connection,
            database=self.catalog_database,
            warehouse=warehouse,
        )

    def _catalogue(self, database: glue.CfnDatabase) -> None:
        LakeCrawler(
            self,
            "Crawler",
            name=self.crawler_name,
            database=database,
            job_name=self.job_name,
            raw=self._lake.raw,
            clean=self._lake.clean,
            security=self._security,
        )
        LakeQueries(
            self,
            "Queries",
            name=f"{PRODUCT}-{self._environment.name}",
            database=database.ref,
            use_case=find(self._environment.use_case),
            results=self._lake.artifacts,
            key=self._foundation.data_key,
        )

    def _intake(self) -> PythonFunction:
        key = self._foundation.operations_key
        seen = SecureTable(
            self,
            "SeenEvents",
            partition_key="id",
            key=key,
            removal=cdk.RemovalPolicy.DESTROY,  # only events of the last hour are in it
            expiry_attribute="expiration",
        )
        intake = PythonFunction(
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
            timeout=_TIMEOUT,
        )
        # The CDK's own event source gives the role more of the queue than Lambda takes.
        intake.add_event_source_mapping(
            "NewFiles",
            event_source_arn=self.queue.queue_arn,
            batch_size=10,
            report_batch_item_failures=True,
        )
        self._let_admit(intake, seen)
        return intake

    def _let_admit(self, intake: PythonFunction, seen: SecureTable) -> None:
        files = self._lake.raw.arn_for_objects(f"{raw_prefix(self._environment.use_case)}*")
        for actions, resource in (
            (["s3:GetObject", "s3:GetObjectVersion"], files),
            (["glue:StartJobRun"], self.job_arn),
            (_REMEMBER, seen.table_arn),
            (_RECEIVE, self.queue.queue_arn),
            # S3 says that a file is gone, and not forbidden, only to who may list.
            (["s3:ListBucket"], self._lake.raw.bucket_arn),
        ):
            intake.add_to_role_policy(
                iam.PolicyStatement(actions=list(actions), resources=[resource])
            )
        self._foundation.data_key.grant_decrypt(intake)

    def _announce_new_files(self) -> None:
        route = EventRoute(
            self,
            "NewFile",
            says="A file came into the lake",
            pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {
                    "bucket": {"name": [self._lake.raw.bucket_name]},
                    "object": {"key": [{"prefix": raw_prefix(self._environment.use_case)}]},
                },
            },
            target_arn=self.queue.queue_arn,
            dead_letters=self.queue.dead_letters,
        )
        route.let_in(self.queue)

    def _tell_of_trouble(self) -> None:
        alarm(
            self,
            "FilesNotAdmitted",
            metric=self.queue.dead_letters.metric_approximate_number_of_messages_visible(
                statistic="Maximum"
            ),
            threshold=1,
            says="An event of a new file could not be handled three times.",
            runbook="dead-letters",
            severity=AlertSeverity.WARNING,
            topics=self._foundation.topics,
        )
