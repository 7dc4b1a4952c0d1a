"""What the MLflow server's machine may do: each line is one thing that its scripts do."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from infra.constructs.role import ServiceRole


class MlflowRole(ServiceRole):
    """The role of the machine; encryption keys and secrets are granted where they are known.

    Parameters
    ----------
    scope, id
        As of every construct.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id, "ec2.amazonaws.com", description="MLflow server")
        self._let_administrators_in()

    def grant_files(self, asset: s3_assets.Asset) -> None:
        """Its own scripts."""
        self._allow(["s3:GetObject"], [asset.bucket.arn_for_objects(asset.s3_object_key)])

    def grant_artifacts(self, bucket: s3.IBucket, folder: str) -> None:
        """Models and plots, in one folder of a bucket."""
        self._allow(
            [
                "s3:GetObject",
                "s3:PutObject",
                "s3:DeleteObject",
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
            ],
            [bucket.arn_for_objects(f"{folder}/*")],
        )
        self.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:ListBucket"],
                resources=[bucket.bucket_arn],
                conditions={"StringLike": {"s3:prefix": [folder, f"{folder}/*"]}},
            )
        )

    def grant_name(self, zone: route53.IHostedZone, name: str) -> None:
        """One address record, and nothing else in the zone."""
        only = {
            "route53:ChangeResourceRecordSetsNormalizedRecordNames": [name],
            "route53:ChangeResourceRecordSetsRecordTypes": ["A"],
            "route53:ChangeResourceRecordSetsActions": ["UPSERT"],
        }
        self.add_to_policy(
            iam.PolicyStatement(
                actions=["route53:ChangeResourceRecordSets"],
                resources=[zone.hosted_zone_arn],
                conditions={"ForAllValues:StringEquals": only},
            )
        )

    def grant_own_health(self, group_name: str) -> None:
        """To give itself up to its group, and to say to CloudFormation whether it has started."""
        stack = cdk.Stack.of(self)
        group = stack.format_arn(
            service="autoscaling",
            resource="autoScalingGroup",
            resource_name=f"*:autoScalingGroupName/{group_name}",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        self._allow(["autoscaling:SetInstanceHealth"], [group])
        self._allow(["cloudformation:SignalResource"], [stack.stack_id])

    def _let_administrators_in(self) -> None:
        # What Session Manager needs of AmazonSSMManagedInstanceCore, and no more of it.
        instances = cdk.Stack.of(self).format_arn(
            service="ec2", resource="instance", resource_name="*"
        )
        self._allow(["ssm:UpdateInstanceInformation"], [instances])
        # Session Manager's channels have no resources to name.
        self._allow(
            [
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            ["*"],
        )

    def _allow(self, actions: list[str], resources: list[str]) -> None:
        self.add_to_policy(iam.PolicyStatement(actions=actions, resources=resources))
