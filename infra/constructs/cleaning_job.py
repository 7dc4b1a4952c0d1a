"""The Glue job that cleans one version of one raw file."""

from dataclasses import asdict

import aws_cdk as cdk
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.glue_security import GlueSecurity
from infra.constructs.role import ServiceRole
from infra.constructs.warehouse_access import let_use_warehouse
from infra.constructs.warehouse_connection import WarehouseConnection
from infra.environments import Environment
from infra.source_assets import glue_package, glue_script
from infra.stacks.warehouse import WarehouseStack
from ml.contract.alerts import CLEANING, NAMESPACE, part_name
from ml.contract.jobs import CleaningOptions
from ml.contract.names import PRODUCT, Zone
from ml.contract.places import STAGING, leads_table, raw_prefix

# What Spark writes: rows as text, clean rows, rows held back, figures, accounts, Iceberg's files.
_WRITES = (
    Zone.TEXT, Zone.CLEAN, Zone.QUARANTINE, Zone.CHECKS, Zone.LOADS, Zone.TABLES,
)  # fmt: skip
# How Spark calls the Glue catalog.
_CATALOG = "glue_catalog"
_WORKERS, _TIMEOUT_MINUTES, _AT_ONCE = 2, 60, 4


class CleaningJob(Construct):
    """`glue_jobs/clean_leads.py` on Spark, with a role that reads raw files and writes clean ones.

    Parameters
    ----------
    scope, id
        As of every construct.
    name : str
        Of the job.
    environment : Environment
        Whose use case's files it cleans.
    raw, clean : IBucket
        Where from, where to.
    security : GlueSecurity
        Keys of what it writes.
    connection : WarehouseConnection
        Says in which subnet it runs, and how it reaches the warehouse.
    database : str
        Glue database that holds the lake's table.
    warehouse : WarehouseStack
        Where it loads clean leads.

    Attributes
    ----------
    role : Role
        What the job is.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        environment: Environment,
        raw: s3.IBucket,
        clean: s3.IBucket,
        security: GlueSecurity,
        connection: WarehouseConnection,
        database: str,
        warehouse: WarehouseStack,
    ) -> None:
        super().__init__(scope, id)
        self.role = ServiceRole(
            self, "Role", "glue.amazonaws.com", description="What the job that cleans leads is"
        )
        self._script, self._package = glue_script(self, "Script"), glue_package(self, "Package")
        self._let_read_itself()
        self._let_read(raw, raw_prefix(environment.use_case))
        self._let_write(clean)
        self._let_catalogue(database, leads_table(environment.use_case))
        let_use_warehouse(
            self.role, workgroup_arn=warehouse.workgroup_arn, bucket=clean, staging=STAGING
        )
        self._let_measure()
        logs = f"/{PRODUCT}/{environment.name}/glue"
        glues_own = f"{logs}/{security.name}-role/{self.role.role_name}"
        security.let_work(
            self.role,
            logs={"Output": f"{glues_own}/output", "Errors": f"{glues_own}/error"},
            writes_data=True,
        )
        options = self._options(environment, clean, database, warehouse)
        job = self._job(name, security, {**options.to_arguments(), **self._arguments(clean, logs)})
        job.connections = glue.CfnJob.ConnectionsListProperty(connections=[connection.name])
        job.node.add_dependency(connection)
        connection.let_use(self.role)

    def _job(self, name: str, security: GlueSecurity, arguments: dict[str, str]) -> glue.CfnJob:
        job = glue.CfnJob(
            self,
            "Resource",
            name=name,
            description="Cleans one version of one raw file",
            role=self.role.role_arn,
            command=glue.CfnJob.JobCommandProperty(
                name="glueetl", python_version="3", script_location=self._script.s3_object_url
            ),
            glue_version="5.1",
            worker_type="G.1X",
            number_of_workers=_WORKERS,
            timeout=_TIMEOUT_MINUTES,
            max_retries=1,
            execution_property=glue.CfnJob.ExecutionPropertyProperty(max_concurrent_runs=_AT_ONCE),
            job_run_queuing_enabled=False,  # queued runs are not retried; the queue before it waits
            security_configuration=security.name,
            default_arguments=arguments,
        )
        job.node.add_dependency(security, self.role)
        return job

    def _options(
        self, environment: Environment, clean: s3.IBucket, database: str, warehouse: WarehouseStack
    ) -> CleaningOptions:
        return CleaningOptions(
            use_case=environment.use_case,
            target=f"s3://{clean.bucket_name}",
            table=f"{_CATALOG}.{database}.{leads_table(environment.use_case)}",
            service=part_name(environment.name, CLEANING),
            **asdict(warehouse.client_settings),
        )

    def _arguments(self, clean: s3.IBucket, logs: str) -> dict[str, str]:
        return {
            "--datalake-formats": "iceberg",
            "--extra-py-files": self._package.s3_object_url,
            "--TempDir": f"s3://{clean.bucket_name}/{Zone.TEXT}/spark/",
            "--enable-continuous-cloudwatch-log": "true",
            "--custom-logGroup-prefix": logs,
            "--enable-metrics": "true",
            "--enable-observability-metrics": "true",
            # Runs are told what to read; Glue's own memory of what it saw would hide files.
            "--job-bookmark-option": "job-bookmark-disable",
        }

    def _let_read_itself(self) -> None:
        for asset in (self._script, self._package):
            self.role.add_to_policy(
                iam.PolicyStatement(
                    actions=["s3:GetObject"],
                    resources=[asset.bucket.arn_for_objects(asset.s3_object_key)],
                )
            )

    def _let_read(self, raw: s3.IBucket, prefix: str) -> None:
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:GetObject", "s3:GetObjectVersion"],
                resources=[raw.arn_for_objects(f"{prefix}*")],
            )
        )

    def _let_write(self, clean: s3.IBucket) -> None:
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=[
                    "s3:AbortMultipartUpload",
                    "s3:DeleteObject",
                    "s3:GetObject",
                    "s3:PutObject",
                ],
                resources=[clean.arn_for_objects(f"{zone}/*") for zone in _WRITES],
            )
        )
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:ListBucket"],
                resources=[clean.bucket_arn],
                conditions={"StringLike": {"s3:prefix": [f"{zone}/*" for zone in _WRITES]}},
            )
        )

    def _let_catalogue(self, database: str, table: str) -> None:
        stack = cdk.Stack.of(self)
        names = {"catalog": None, "database": database, "table": f"{database}/{table}"}
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=[
                    "glue:CreateTable",
                    "glue:GetDatabase",
                    "glue:GetTable",
                    "glue:UpdateTable",
                ],
                resources=[
                    stack.format_arn(service="glue", resource=kind, resource_name=name)
                    for kind, name in names.items()
                ],
            )
        )

    def _let_measure(self) -> None:
        # Metrics have no resource to name; the namespaces are what limits them.
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["cloudwatch:PutMetricData"],
                resources=["*"],
                conditions={"StringEquals": {"cloudwatch:namespace": ["Glue", NAMESPACE]}},
            )
        )
