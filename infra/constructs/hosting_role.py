"""What a model's containers are on SageMaker: they fetch image and package, and write their log."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.object_access import let_read
from infra.constructs.role import ServiceRole


class HostingRole(ServiceRole):
    """A role of SageMaker's that may start a model and nothing more.

    Parameters
    ----------
    scope, id
        As of every construct.
    description : str
        What the role is for.
    images : IRepository
        Where the image is.
    packages : IBucket
        Holds the packages.
    prefix : str
        Under which they lie.
    key : IKey
        Encrypts packages, and what is read and written beside them.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        description: str,
        images: ecr.IRepository,
        packages: s3.IBucket,
        prefix: str,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, id, "sagemaker.amazonaws.com", description=description)
        images.grant_pull(self)
        let_read(self, packages, prefix)
        key.grant_decrypt(self)
        self._let_measure()

    def let_write(self, bucket: s3.IBucket, prefix: str, *, key: kms.IKey) -> None:
        """Allow writing objects under a prefix, encrypted with a key."""
        self._allow("s3:PutObject", on=bucket.arn_for_objects(f"{prefix}*"))
        self._allow("kms:GenerateDataKey", on=key.key_arn)

    def let_log(self, group_arn: str, *more: str) -> None:
        """Allow writing to log groups; more names further actions."""
        self._allow("logs:CreateLogStream", "logs:PutLogEvents", *more, on=group_arn)

    def let_encrypt_disks(self, key: kms.IKey) -> None:
        """Allow SageMaker to use a key for the disks of its machines."""
        self.add_to_policy(
            iam.PolicyStatement(
                actions=["kms:CreateGrant"],
                resources=[key.key_arn],
                conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
            )
        )

    def let_see(self, alarms: Sequence[cloudwatch.IAlarm]) -> None:
        """Allow asking whether alarms sound, by which SageMaker ends a trial."""
        self.add_to_policy(
            iam.PolicyStatement(
                actions=["cloudwatch:DescribeAlarms"],
                resources=[each.alarm_arn for each in alarms],
            )
        )

    def _let_measure(self) -> None:
        # Metrics have no resources to name; the namespace is SageMaker's for its machines.
        self.add_to_policy(
            iam.PolicyStatement(
                actions=["cloudwatch:PutMetricData"],
                resources=["*"],
                conditions={"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}},
            )
        )

    def _allow(self, *actions: str, on: str) -> None:
        self.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=[on]))
