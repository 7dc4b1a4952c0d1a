"""The bucket that managed Airflow reads, and the Lambda that fills it at each deployment."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from infra.constructs.python_function import PythonFunction
from infra.constructs.secure_bucket import SecureBucket
from infra.environments import Environment
from infra.retention import removal_of_data
from infra.source_assets import dag_package
from ml.contract.cloud_settings import DagDeliverySettings
from ml.contract.places import AIRFLOW_DAGS, AIRFLOW_REQUIREMENTS

_FORGET = s3.LifecycleRule(id="forget", expiration=cdk.Duration.days(365))


class DagBucket(Construct):
    """DAGs and locked requirements, as they are in this repository.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Says how long the Lambda's log is kept.
    key : IKey
        Encrypts the objects.

    Attributes
    ----------
    bucket : SecureBucket
        Versioned; holds nothing that this repository does not.
    requirements_version : str
        Version of the requirements in the bucket; Airflow is updated when it changes, and only
        then.
    """

    def __init__(
        self, scope: Construct, id: str, *, environment: Environment, key: kms.IKey
    ) -> None:
        super().__init__(scope, id)
        removal = removal_of_data(self, environment)
        logs = SecureBucket(self, "AccessLogs", removal=removal, lifecycle_rules=[_FORGET])
        self.bucket = SecureBucket(self, "Bucket", removal=removal, key=key, access_logs=logs)
        package = s3_assets.Asset(self, "Package", path=str(dag_package()))
        deliver = PythonFunction(
            self,
            "Deliver",
            module="dag_delivery",
            purpose="Brings DAGs and requirements to the bucket that Airflow reads",
            settings=DagDeliverySettings(bucket=self.bucket.bucket_name),
            environment=environment,
            key=key,
            timeout=cdk.Duration.minutes(2),
        )
        self._let_read(deliver, package)
        self._let_write(deliver, key)
        delivery = cdk.CustomResource(
            self,
            "Delivery",
            service_token=deliver.function_arn,
            properties={
                "PackageBucket": package.s3_bucket_name,
                "PackageKey": package.s3_object_key,
            },
        )
        assert deliver.role  # with its policy: CloudFormation calls at once
        delivery.node.add_dependency(deliver.role)
        self.requirements_version = delivery.ref

    def _let_read(self, deliver: PythonFunction, package: s3_assets.Asset) -> None:
        deliver.add_to_role_policy(
            iam.PolicyStatement(
                actions=["s3:GetObject"],
                resources=[package.bucket.arn_for_objects(package.s3_object_key)],
            )
        )

    def _let_write(self, deliver: PythonFunction, key: kms.IKey) -> None:
        dags = self.bucket.arn_for_objects(f"{AIRFLOW_DAGS}*")
        requirements = self.bucket.arn_for_objects(AIRFLOW_REQUIREMENTS)
        for actions, resources in (
            (["s3:PutObject"], [dags, requirements]),
            (["s3:DeleteObject"], [dags]),
            (["s3:GetObject"], [requirements]),
            # The whole: S3 says that a file is absent only to who may list without a prefix.
            (["s3:ListBucket"], [self.bucket.bucket_arn]),
            (["kms:GenerateDataKey"], [key.key_arn]),
        ):
            deliver.add_to_role_policy(iam.PolicyStatement(actions=actions, resources=resources))
