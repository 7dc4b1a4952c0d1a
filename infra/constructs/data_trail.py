"""Who read or wrote which object, as CloudTrail saw it."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.environments import Environment
from ml.contract.names import PRODUCT

_SERVICE = "cloudtrail.amazonaws.com"


def trail_name(environment: Environment) -> str:
    """Name of an environment's trail; the policies of key and bucket name it before it exists."""
    return f"{PRODUCT}-{environment.name}-data"


class DataTrail(Construct):
    """A trail of data events, with digests that show whether its files were changed later.

    Management events are left out: the first trail of an account has them free, a second copy
    costs.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Part of the trail's name.
    buckets : sequence of IBucket
        Whose objects are watched.
    destination : IBucket
        Receives the trail's files, under ``AWSLogs/``.
    key : IKey
        Encrypts them; its policy lets this trail use it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        buckets: Sequence[s3.IBucket],
        destination: s3.Bucket,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, id)
        stack = cdk.Stack.of(self)
        name = trail_name(environment)
        self._let_deliver(
            destination,
            files=f"AWSLogs/{stack.account}/*",
            trail=stack.format_arn(service="cloudtrail", resource="trail", resource_name=name),
        )
        trail = cloudtrail.CfnTrail(
            self,
            "Trail",
            trail_name=name,
            is_logging=True,
            s3_bucket_name=destination.bucket_name,
            kms_key_id=key.key_arn,
            enable_log_file_validation=True,
            is_multi_region_trail=False,
            include_global_service_events=False,
            event_selectors=[_objects_of(buckets)],
        )
        if destination.policy:
            trail.node.add_dependency(destination.policy)

    def _let_deliver(self, destination: s3.Bucket, *, files: str, trail: str) -> None:
        """Let this trail, and no other, write its files."""
        of_trail = {"aws:SourceArn": trail}
        as_owner = {"s3:x-amz-acl": "bucket-owner-full-control"}
        for action, resource, condition in (
            ("s3:GetBucketAcl", destination.bucket_arn, of_trail),
            ("s3:PutObject", destination.arn_for_objects(files), of_trail | as_owner),
        ):
            destination.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal(_SERVICE)],
                    actions=[action],
                    resources=[resource],
                    conditions={"StringEquals": condition},
                )
            )


def _objects_of(
    buckets: Sequence[s3.IBucket],
) -> cloudtrail.CfnTrail.EventSelectorProperty:
    return cloudtrail.CfnTrail.EventSelectorProperty(
        include_management_events=False,
        read_write_type="All",
        data_resources=[
            cloudtrail.CfnTrail.DataResourceProperty(
                type="AWS::S3::Object", values=[f"{bucket.bucket_arn}/" for bucket in buckets]
            )
        ],
    )
