"""What the daily check of data quality may do: read, compare, report."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from infra.constructs import network_interfaces, object_access
from infra.constructs.role import ServiceRole
from infra.constructs.tiers import Tier
from infra.stacks.network import NetworkStack

_PULL = ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")


class DataQualityRole(ServiceRole):
    """A role of SageMaker's for Model Monitor's job.

    Parameters
    ----------
    scope, id
        As of every construct.
    repository_arn : str
        AWS's image.
    reader : Asset
        Our script that turns requests into rows.
    """

    def __init__(
        self, scope: Construct, id: str, *, repository_arn: str, reader: s3_assets.Asset
    ) -> None:
        super().__init__(
            scope,
            id,
            "sagemaker.amazonaws.com",
            description="Compares what the endpoint is asked with what it was trained on",
        )
        self._allow(*(f"ecr:{verb}" for verb in _PULL), on=repository_arn)
        self._allow("ecr:GetAuthorizationToken", on="*")  # of the account: AWS takes no resource
        self._allow("s3:GetObject", on=reader.bucket.arn_for_objects(reader.s3_object_key))
        self._let_report()

    def let_read(self, bucket: s3.IBucket, prefix: str) -> None:
        """Allow reading and listing objects under a prefix."""
        object_access.let_read(self, bucket, prefix)

    def let_write(self, bucket: s3.IBucket, prefix: str) -> None:
        """Allow writing objects under a prefix."""
        self._allow("s3:PutObject", on=bucket.arn_for_objects(f"{prefix}*"))

    def let_use(self, *, data: kms.IKey, disks: kms.IKey) -> None:
        """Allow the key of what is read and written, and that of the job's disk."""
        self._allow("kms:Decrypt", "kms:GenerateDataKey", on=data.key_arn)
        self._allow(
            "kms:CreateGrant",
            on=disks.key_arn,
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        )

    def let_join(self, network: NetworkStack) -> None:
        """Allow machines in the private subnets that reach AWS and nothing of ours."""
        network_interfaces.let_join(
            self,
            vpc=network.vpc,
            subnets=network.private,
            group=network.tiers[Tier.ENDPOINT_HOSTS],
        )

    def _let_report(self) -> None:
        group = cdk.Stack.of(self).format_arn(
            service="logs",
            resource="log-group",
            resource_name="/aws/sagemaker/ProcessingJobs",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        self._allow(
            "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", on=group
        )
        self._allow("logs:PutLogEvents", on=f"{group}:log-stream:*")
        # Metrics have no resource to name; the namespaces are Model Monitor's and SageMaker's own.
        self._allow(
            "cloudwatch:PutMetricData",
            on="*",
            conditions={
                "StringLike": {
                    "cloudwatch:namespace": ["/aws/sagemaker/*", "aws/sagemaker/Endpoints/*"]
                }
            },
        )

    def _allow(self, *actions: str, on: str, conditions: dict[str, object] | None = None) -> None:
        self.add_to_policy(
            iam.PolicyStatement(actions=list(actions), resources=[on], conditions=conditions)
        )
