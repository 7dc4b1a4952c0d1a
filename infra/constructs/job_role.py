"""What SageMaker's jobs are, of the pipeline and of people, and all that they may do."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.object_access import let_read
from infra.constructs.role import ServiceRole
from ml.contract.names import Zone
from ml.contract.places import (
    home_prefix,
    packages_prefix,
    raw_prefix,
    rows_prefix,
    runs_prefix,
    snapshots_table,
    trainings_prefix,
)


class JobRole(ServiceRole):
    """Reads raw files, keeps the home, writes packages and registers them.

    Parameters
    ----------
    scope, id
        As of every construct.
    use_case : str
        Whose files, home and packages.
    raw, clean, artifacts : IBucket
        Where they lie; in the lake's own it leaves scores and drift.
    key : IKey
        Encrypts them.
    images : IRepository
        Where the image is.
    package_group : str
        In which it registers champions.
    feature_group : str
        In which it keeps clean rows.
    database : str
        Glue database in which it lists training sets.
    ledger : ITable
        To which it adds entries.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        use_case: str,
        raw: s3.IBucket,
        clean: s3.IBucket,
        artifacts: s3.IBucket,
        key: kms.IKey,
        images: ecr.IRepository,
        package_group: str,
        feature_group: str,
        database: str,
        ledger: dynamodb.ITable,
    ) -> None:
        super().__init__(
            scope,
            id,
            "sagemaker.amazonaws.com",
            description="What SageMaker's jobs of the retrain pipeline are",
        )
        images.grant_pull(self)
        self._let_encrypt(key)
        let_read(self, raw, raw_prefix(use_case))
        home, packages = home_prefix(use_case), packages_prefix(use_case)
        trainings = trainings_prefix(use_case)
        let_read(self, artifacts, home)
        let_read(self, artifacts, trainings)
        let_read(self, artifacts, runs_prefix(use_case))
        # Rows are read as they were when they were frozen.
        self._allow("s3:GetObjectVersion", on=[artifacts.arn_for_objects(f"{home}*")])
        self._let_list(database, snapshots_table(use_case))
        self._allow("s3:GetObject", on=[artifacts.arn_for_objects(f"{packages}*")])
        self._let_write(artifacts, home, packages, runs_prefix(use_case), trainings)
        self._let_write(clean, *(rows_prefix(zone, use_case) for zone in (Zone.SCORES, Zone.DRIFT)))
        # What is large goes home in parts, which are taken away again where one fails.
        self._allow("s3:AbortMultipartUpload", on=[artifacts.arn_for_objects(f"{home}*")])
        self._let_register(package_group)
        # Not to change or delete an entry: nobody may.
        self._allow("dynamodb:PutItem", "dynamodb:Query", on=[ledger.table_arn])
        self._allow(
            "sagemaker:PutRecord", on=[self._arn("sagemaker", "feature-group", feature_group)]
        )
        self._let_report()

    def _let_encrypt(self, key: kms.IKey) -> None:
        self._allow("kms:Decrypt", "kms:GenerateDataKey", on=[key.key_arn])
        # For the disks of its machines.
        self._allow(
            "kms:CreateGrant",
            on=[key.key_arn],
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        )

    def _let_write(self, bucket: s3.IBucket, *prefixes: str) -> None:
        self._allow("s3:PutObject", on=[bucket.arn_for_objects(f"{each}*") for each in prefixes])

    def _let_list(self, database: str, table: str) -> None:
        places = [
            self._arn("glue", "database", database),
            self._arn("glue", "table", f"{database}/{table}"),
            cdk.Stack.of(self).format_arn(service="glue", resource="catalog"),
        ]
        self._allow(
            "glue:CreateTable", "glue:GetDatabase", "glue:GetTable", "glue:UpdateTable", on=places
        )

    def _let_register(self, package_group: str) -> None:
        self._allow(
            "sagemaker:CreateModelPackage",
            on=[
                self._arn("sagemaker", "model-package-group", package_group),
                self._arn("sagemaker", "model-package", f"{package_group}/*"),
            ],
        )

    def _let_report(self) -> None:
        # SageMaker writes the lines of every job of the account into one of these groups.
        groups = [
            cdk.Stack.of(self).format_arn(
                service="logs",
                resource="log-group",
                resource_name=f"/aws/sagemaker/{jobs}",
                arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
            )
            for jobs in ("ProcessingJobs", "TrainingJobs")
        ]
        self._allow(
            "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", on=groups
        )
        self._allow("logs:PutLogEvents", on=[f"{group}:log-stream:*" for group in groups])
        # Metrics have no resource to name; the namespace is what limits them.
        self._allow(
            "cloudwatch:PutMetricData",
            on=["*"],
            conditions={"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}},
        )

    def _allow(
        self, *actions: str, on: list[str], conditions: dict[str, object] | None = None
    ) -> None:
        self.add_to_policy(
            iam.PolicyStatement(actions=list(actions), resources=on, conditions=conditions)
        )

    def _arn(self, service: str, kind: str, name: str) -> str:
        return cdk.Stack.of(self).format_arn(service=service, resource=kind, resource_name=name)
