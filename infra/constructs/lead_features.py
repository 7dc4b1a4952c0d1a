"""The feature group of a use case's leads, as known when they arrive."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from infra.constructs.role import ServiceRole
from ml.contract.feature_group import EVENT_TIME, FeatureGroup
from ml.contract.places import features_prefix
from ml.contract.use_case import UseCase


class LeadFeatures(Construct):
    """An offline store in the lake, and an online store where it is asked for.

    Parameters
    ----------
    scope, id
        As of every construct.
    name : str
        Of the group.
    use_case : UseCase
        Whose columns it has.
    bucket : IBucket
        Where the store lies.
    key : IKey
        Encrypts it.
    online : bool
        Whether there is an online store.

    Attributes
    ----------
    name : str
        As given.
    role : Role
        What the feature store is.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        use_case: UseCase,
        bucket: s3.IBucket,
        key: kms.IKey,
        online: bool,
    ) -> None:
        super().__init__(scope, id)
        definitions = FeatureGroup.of(use_case).definitions
        folder = features_prefix(use_case.name)
        self.role = self._role(bucket, folder, key)
        group = sagemaker.CfnFeatureGroup(
            self,
            "Resource",
            feature_group_name=name,
            description=f"Leads of {use_case.name} as known when they arrive",
            record_identifier_feature_name=use_case.schema.id.name,
            event_time_feature_name=EVENT_TIME,
            feature_definitions=[
                sagemaker.CfnFeatureGroup.FeatureDefinitionProperty(
                    feature_name=feature, feature_type=kind
                )
                for feature, kind in definitions.items()
            ],
            # CloudFormation reads this JSON as it is, so its keys are spelled its way.
            offline_store_config={
                "S3StorageConfig": {
                    "S3Uri": bucket.s3_url_for_object(folder.rstrip("/")),
                    "KmsKeyId": key.key_arn,
                },
                "DisableGlueTableCreation": False,
                "TableFormat": "Glue",
            },
            online_store_config=self._online(key) if online else None,
            role_arn=self.role.role_arn,
        )
        group.node.add_dependency(self.role)
        self.name = group.feature_group_name

    @staticmethod
    def _online(key: kms.IKey) -> dict[str, object]:
        return {"EnableOnlineStore": True, "SecurityConfig": {"KmsKeyId": key.key_arn}}

    def _role(self, bucket: s3.IBucket, folder: str, key: kms.IKey) -> iam.Role:
        role = ServiceRole(
            self, "Role", "sagemaker.amazonaws.com", description="What the feature store is"
        )
        for actions, resource in (
            (["s3:GetBucketAcl"], bucket.bucket_arn),
            (
                ["s3:GetObject", "s3:PutObject", "s3:PutObjectAcl"],
                bucket.arn_for_objects(f"{folder}*"),
            ),
        ):
            role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[resource]))
        key.grant(role, "kms:Decrypt", "kms:GenerateDataKey")
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["glue:CreateDatabase", "glue:CreateTable", "glue:GetTable"],
                resources=self._catalog(),
            )
        )
        return role

    def _catalog(self) -> list[str]:
        # SageMaker chooses both names itself.
        names = {"catalog": None, "database": "sagemaker_featurestore"}
        tables = {"table": "sagemaker_featurestore/*"}
        return [
            cdk.Stack.of(self).format_arn(service="glue", resource=kind, resource_name=name)
            for kind, name in (names | tables).items()
        ]
