"""Training: the image, and the pipeline that makes and packages a champion."""

from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from infra.constructs.role import ServiceRole
from infra.environments import Environment
from infra.source_assets import ROOT
from infra.stacks.base import LeadwiseStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.lake import LakeStack
from infra.stacks.network import NetworkStack
from infra.stacks.tracking import TrackingStack
from infra.stacks.warehouse import WarehouseStack
from ml.contract.names import PRODUCT


class TrainingStack(LeadwiseStack):
    """What SageMaker trains with.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Its sizes and schedules.
    foundation : FoundationStack
        Keys and alert topics.
    network : NetworkStack
        VPC and tiers.
    lake : LakeStack
        Buckets.
    warehouse : WarehouseStack
        Where clean leads are loaded.
    tracking : TrackingStack
        MLflow.

    Attributes
    ----------
    image : DockerImageAsset
        The one image of everything heavy.
    pipeline_name : str
        SageMaker pipeline that retrains.
    pipeline_arn : str
        The same, for permissions.
    execution_role : Role
        What its jobs are.
    package_group : str
        Model package group.
    feature_group : str
        Of the use case's leads.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        foundation: FoundationStack,
        network: NetworkStack,
        lake: LakeStack,
        warehouse: WarehouseStack,
        tracking: TrackingStack,
    ) -> None:
        super().__init__(
            scope,
            id,
            environment=environment,
            purpose="SageMaker pipeline, feature group and registry",
        )
        name = f"{PRODUCT}-{environment.name}"
        self.image = ecr_assets.DockerImageAsset(
            self,
            "Image",
            directory=str(ROOT),
            # SageMaker runs jobs on no other processor.
            platform=ecr_assets.Platform.LINUX_AMD64,
        )
        self.execution_role = ServiceRole(
            self,
            "ExecutionRole",
            "sagemaker.amazonaws.com",
            description="What SageMaker's jobs of the retrain pipeline are",
        )
        self.pipeline_name = f"{name}-retrain"
        self.pipeline_arn = self.format_arn(
            service="sagemaker", resource="pipeline", resource_name=self.pipeline_name
        )
        use_case = environment.use_case.replace("_", "-")
        self.feature_group = f"{name}-{use_case}"
        self.package_group = sagemaker.CfnModelPackageGroup(
            self,
            "Packages",
            model_package_group_name=f"{name}-{use_case}",
            model_package_group_description=f"Champions of {environment.use_case}",
        ).model_package_group_name
