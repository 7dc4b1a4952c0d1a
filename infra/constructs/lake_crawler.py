"""The crawler that lists the lake's files as tables: after each cleaning job, and weekly."""

import json

import aws_cdk as cdk
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.glue_security import GlueSecurity
from infra.constructs.role import ServiceRole
from ml.contract.lake_queries import QUERIED
from ml.contract.names import Zone

# One table per folder below the bucket, called like it; deeper folders are partitions.
_GROUPING = json.dumps({"Version": 1.0, "Grouping": {"TableLevelConfiguration": 2}})
_WEEKLY = "cron(0 11 ? * MON *)"


class LakeCrawler(Construct):
    """Adds new partitions to the catalog and never changes a table that is there.

    Parameters
    ----------
    scope, id
        As of every construct.
    name : str
        Of the crawler.
    database : CfnDatabase
        Where its tables appear.
    job_name : str
        It starts when this job has succeeded.
    raw, clean : IBucket
        What it reads.
    security : GlueSecurity
        Keys of its logs.

    Attributes
    ----------
    role : Role
        What the crawler is.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        database: glue.CfnDatabase,
        job_name: str,
        raw: s3.IBucket,
        clean: s3.IBucket,
        security: GlueSecurity,
    ) -> None:
        super().__init__(scope, id)
        folders = [(raw, Zone.RAW), *((clean, zone) for zone in QUERIED)]
        self.role = ServiceRole(
            self, "Role", "glue.amazonaws.com", description="What the crawler of the lake is"
        )
        for bucket, zone in folders:
            self._let_read(bucket, zone)
        self._let_catalogue(database.ref)
        log = f"/aws-glue/crawlers-role/{self.role.role_name}-{security.name}"
        security.let_work(self.role, logs={"Log": log})
        crawler = glue.CfnCrawler(
            self,
            "Resource",
            name=name,
            description="Lists the lake's files as tables",
            role=self.role.role_arn,
            database_name=database.ref,
            targets=glue.CfnCrawler.TargetsProperty(
                s3_targets=[
                    glue.CfnCrawler.S3TargetProperty(path=f"s3://{bucket.bucket_name}/{zone}/")
                    for bucket, zone in folders
                ]
            ),
            # What the weekly retrain leaves; a crawl costs the same however little is new.
            schedule=glue.CfnCrawler.ScheduleProperty(schedule_expression=_WEEKLY),
            recrawl_policy=glue.CfnCrawler.RecrawlPolicyProperty(
                recrawl_behavior="CRAWL_NEW_FOLDERS_ONLY"
            ),
            # A file of another shape is logged; what people query does not change under them.
            schema_change_policy=glue.CfnCrawler.SchemaChangePolicyProperty(
                update_behavior="LOG", delete_behavior="LOG"
            ),
            configuration=_GROUPING,
            crawler_security_configuration=security.name,
        )
        crawler.node.add_dependency(security, self.role)
        self._start_after(job_name, crawler)

    def _start_after(self, job_name: str, crawler: glue.CfnCrawler) -> None:
        trigger = glue.CfnTrigger(
            self,
            "AfterCleaning",
            name=f"{crawler.name}-after-cleaning",
            description="Lists what the job has just written",
            type="CONDITIONAL",
            start_on_creation=True,
            predicate=glue.CfnTrigger.PredicateProperty(
                conditions=[
                    glue.CfnTrigger.ConditionProperty(
                        job_name=job_name, state="SUCCEEDED", logical_operator="EQUALS"
                    )
                ]
            ),
            actions=[glue.CfnTrigger.ActionProperty(crawler_name=crawler.ref)],
        )
        trigger.add_resource_dependency(crawler)

    def _let_read(self, bucket: s3.IBucket, zone: Zone) -> None:
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:GetObject"], resources=[bucket.arn_for_objects(f"{zone}/*")]
            )
        )
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:ListBucket"],
                resources=[bucket.bucket_arn],
                conditions={"StringLike": {"s3:prefix": [zone, f"{zone}/*"]}},
            )
        )

    def _let_catalogue(self, database: str) -> None:
        stack = cdk.Stack.of(self)
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=[
                    "glue:BatchCreatePartition",
                    "glue:BatchGetPartition",
                    "glue:CreateTable",
                    "glue:GetDatabase",
                    "glue:GetPartitions",
                    "glue:GetTable",
                    "glue:GetTables",
                    "glue:UpdateTable",
                ],
                resources=[
                    stack.format_arn(service="glue", resource="catalog"),
                    stack.format_arn(service="glue", resource="database", resource_name=database),
                    stack.format_arn(
                        service="glue", resource="table", resource_name=f"{database}/*"
                    ),
                ],
            )
        )
