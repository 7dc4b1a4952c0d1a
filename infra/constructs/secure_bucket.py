"""An S3 bucket whose defaults are the safe ones."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

# Long enough to notice a bad overwrite and bring the version before it back.
UNDO_WINDOW = Duration.days(90)

_HOUSEKEEPING = s3.LifecycleRule(
    id="housekeeping",
    noncurrent_version_expiration=UNDO_WINDOW,
    abort_incomplete_multipart_upload_after=Duration.days(7),
)


class SecureBucket(s3.Bucket):
    """A versioned, encrypted bucket that is reached over TLS and never by the public.

    Parameters
    ----------
    scope, id
        As of every construct.
    removal : RemovalPolicy
        RETAIN keeps the bucket when its stack goes; DESTROY empties and deletes it.
    key : IKey or None
        Encrypts the objects; None means the keys that S3 manages itself.
    access_logs : IBucket or None
        Receives one line per request, under this construct's id.
    lifecycle_rules : sequence of LifecycleRule
        In addition to ending uploads that were left half done and versions that were replaced.
    announces : bool, default=False
        Whether each new object is told to EventBridge.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        removal: RemovalPolicy,
        key: kms.IKey | None = None,
        access_logs: s3.IBucket | None = None,
        lifecycle_rules: Sequence[s3.LifecycleRule] = (),
        announces: bool = False,
    ) -> None:
        super().__init__(
            scope,
            id,
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            bucket_key_enabled=key is not None,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            lifecycle_rules=[_HOUSEKEEPING, *lifecycle_rules],
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix=f"{id.lower()}/" if access_logs else None,
            removal_policy=removal,
            auto_delete_objects=removal is RemovalPolicy.DESTROY,
        )
        if announces:
            self._announce()

    def _announce(self) -> None:
        # The CDK's own way is a Lambda, from the time when CloudFormation could not do it.
        bucket = cast(s3.CfnBucket, self.node.default_child)
        bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                event_bridge_enabled=True
            )
        )
