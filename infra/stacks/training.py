"""Training: the image, and the pipeline that makes and packages a champion."""

from constructs import Construct

from infra.environments import Environment
from infra.stacks.base import LeadwiseStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.lake import LakeStack
from infra.stacks.network import NetworkStack
from infra.stacks.tracking import TrackingStack
from infra.stacks.warehouse import WarehouseStack


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
