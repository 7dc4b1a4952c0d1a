"""The lake: where leads lie as they came, as they were cleaned, and what was learned from them."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.data_trail import DataTrail
from infra.constructs.known_ways import only_known_ways
from infra.constructs.secure_bucket import SecureBucket
from infra.environments import Environment
from infra.retention import removal_of_data
from infra.stacks.base import LeadwiseStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.network import NetworkStack
from ml.contract.names import Zone
from ml.contract.places import STAGING, captures_prefix

# Files as they came are read once, soon after they came.
_COOL_DOWN = s3.LifecycleRule(
    id="cool-down",
    transitions=[
        s3.Transition(
            storage_class=s3.StorageClass.GLACIER_INSTANT_RETRIEVAL,
            transition_after=cdk.Duration.days(90),
        )
    ],
)
# What lies there while a job reads it; a job that dies leaves it.
_PASSING = tuple(
    s3.LifecycleRule(
        id=f"passing-{prefix.rstrip('/')}", prefix=prefix, expiration=cdk.Duration.days(7)
    )
    for prefix in (f"{Zone.TEXT}/", STAGING)
)
# What the endpoint was asked names leads: it goes for good with the old versions, in half a year.
_CAPTURED_DAYS = cdk.Duration.days(90)
_FORGET = s3.LifecycleRule(id="forget", expiration=cdk.Duration.days(365))


class LakeStack(LeadwiseStack):
    """Four buckets, the trail of who used them, and a role for bringing files.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Decides whether the data outlives the stack.
    foundation : FoundationStack
        Its data key encrypts the objects.
    network : NetworkStack
        Its endpoint is the way to the data.

    Attributes
    ----------
    raw : SecureBucket
        Files as they came; announces each new one to EventBridge.
    clean : SecureBucket
        Leads as Parquet, and the snapshots that models are trained on.
    artifacts : SecureBucket
        Models, reports and packages.
    access_logs : SecureBucket
        Who read or wrote what in the other three, for a year: S3's own lines and CloudTrail's.
    courier : Role
        Whoever brings a file takes this role on: it may add to the raw bucket and read nothing.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        foundation: FoundationStack,
        network: NetworkStack,
    ) -> None:
        super().__init__(
            scope,
            id,
            environment=environment,
            purpose="buckets that hold the leads",
            holds_data=True,
        )
        self._removal = removal_of_data(self, environment)
        self._key = foundation.data_key
        # S3 delivers access logs only to buckets that it encrypts with its own keys.
        self.access_logs = SecureBucket(
            self, "AccessLogs", removal=self._removal, lifecycle_rules=[_FORGET]
        )
        self.raw = self._bucket("Raw", _COOL_DOWN, announces=True)
        captured = s3.LifecycleRule(
            id="captured",
            prefix=captures_prefix(environment.use_case),
            expiration=_CAPTURED_DAYS,
        )
        self.clean = self._bucket("Clean", *_PASSING, captured)
        self.artifacts = self._bucket("Artifacts")
        for_leads = (self.raw, self.clean, self.artifacts)
        for bucket in for_leads:
            only_known_ways(bucket, endpoint=network.s3_endpoint, environment=environment)
        DataTrail(
            self,
            "Trail",
            environment=environment,
            buckets=for_leads,
            destination=self.access_logs,
            key=foundation.operations_key,
        )
        self.courier = self._courier()

    def _bucket(self, name: str, *rules: s3.LifecycleRule, announces: bool = False) -> SecureBucket:
        return SecureBucket(
            self,
            name,
            removal=self._removal,
            key=self._key,
            access_logs=self.access_logs,
            lifecycle_rules=rules,
            announces=announces,
        )

    def _courier(self) -> iam.Role:
        role = iam.Role(
            self,
            "Courier",
            assumed_by=iam.AccountRootPrincipal(),  # those whom the account's own policies let
            description="Brings files of leads, and reads none",
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:PutObject", "s3:AbortMultipartUpload"],
                resources=[self.raw.arn_for_objects("*")],
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                # A file in parts is decrypted as well, when S3 joins them.
                actions=["kms:GenerateDataKey", "kms:Decrypt"],
                resources=[self._key.key_arn],
            )
        )
        cdk.CfnOutput(self, "RawBucket", value=self.raw.bucket_name)
        cdk.CfnOutput(self, "CourierRole", value=role.role_arn)
        return role
