"""SageMaker Studio inside the VPC, for people who look into runs and features."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from infra.constructs.network_interfaces import subnet_ids
from infra.constructs.role import ServiceRole


class Studio(Construct):
    """A domain that is reached through the VPC only, and one profile that may look, not change.

    Parameters
    ----------
    scope, id
        As of every construct.
    name : str
        Of the domain; the profile's is derived from it.
    vpc : IVpc
    subnets : SubnetSelection
        Where its apps run.
    group : ISecurityGroup
        What they may reach.
    artifacts : IBucket
        Reports and packages, for reading.
    key : IKey
        Encrypts the home folders.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        group: ec2.ISecurityGroup,
        artifacts: s3.IBucket,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, id)
        self.role = self._role(name, artifacts, key)
        domain = sagemaker.CfnDomain(
            self,
            "Resource",
            domain_name=name,
            auth_mode="IAM",
            app_network_access_type="VpcOnly",
            vpc_id=vpc.vpc_id,
            subnet_ids=subnet_ids(vpc, subnets),
            kms_key_id=key.key_arn,
            default_user_settings=sagemaker.CfnDomain.UserSettingsProperty(
                execution_role=self.role.role_arn, security_groups=[group.security_group_id]
            ),
        )
        sagemaker.CfnUserProfile(
            self, "Analyst", domain_id=domain.attr_domain_id, user_profile_name=f"{name}-analyst"
        )

    def _role(self, name: str, artifacts: s3.IBucket, key: kms.IKey) -> iam.Role:
        role = ServiceRole(
            self, "Role", "sagemaker.amazonaws.com", description="People in Studio: they look"
        )
        for actions, resource in (
            (["s3:GetObject"], artifacts.arn_for_objects("*")),
            (["s3:ListBucket"], artifacts.bucket_arn),
            (["sagemaker:DescribeFeatureGroup"], self._arn("feature-group", f"{name}-*")),
            (
                ["sagemaker:DescribeModelPackageGroup"],
                self._arn("model-package-group", f"{name}-*"),
            ),
            (
                ["sagemaker:DescribePipeline", "sagemaker:ListPipelineExecutions"],
                self._arn("pipeline", f"{name}-*"),
            ),
            # Their ids are SageMaker's own, and Studio asks for them when it starts.
            (["sagemaker:DescribeApp"], self._arn("app", "*")),
            (["sagemaker:DescribeDomain"], self._arn("domain", "*")),
            (["sagemaker:DescribeSpace"], self._arn("space", "*")),
        ):
            role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[resource]))
        key.grant_decrypt(role)
        return role

    def _arn(self, kind: str, name: str) -> str:
        return cdk.Stack.of(self).format_arn(service="sagemaker", resource=kind, resource_name=name)
