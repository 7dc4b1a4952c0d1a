"""Training: the image, and the pipeline that makes and packages a champion."""

from dataclasses import asdict

import aws_cdk as cdk
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from infra.constructs.job_role import JobRole
from infra.constructs.lead_features import LeadFeatures
from infra.constructs.network_interfaces import let_join, subnet_ids
from infra.constructs.retrain_pipeline import RetrainPipeline
from infra.constructs.studio import Studio
from infra.constructs.table import SecureTable, number
from infra.constructs.tiers import Tier
from infra.constructs.warehouse_access import let_use_warehouse
from infra.environments import Environment
from infra.pipeline_definition import JobShape, pipeline_definition
from infra.retention import removal_of_data
from infra.source_assets import ROOT
from infra.stacks.base import LeadwiseStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.ingestion import IngestionStack
from infra.stacks.lake import LakeStack
from infra.stacks.network import NetworkStack
from infra.stacks.tracking import TrackingStack
from infra.stacks.warehouse import WarehouseStack
from ml.contract.alerts import WATCH, RetrainReason, part_name
from ml.contract.cloud_settings import JobSettings, TrainingJobSettings
from ml.contract.names import PRODUCT
from ml.contract.places import (
    LEDGER_MODEL,
    LEDGER_NUMBER,
    STAGING,
    home_prefix,
    packages_prefix,
    raw_prefix,
    runs_prefix,
    trainings_prefix,
)
from ml.use_cases import find


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
    ingestion : IngestionStack
        Its catalog lists the training sets.

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
    ledger_table, ledger_arn : str
        Name and ARN of the ledger's table.
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
        ingestion: IngestionStack,
    ) -> None:
        super().__init__(
            scope,
            id,
            environment=environment,
            purpose="SageMaker pipeline, feature group and registry",
        )
        self._environment, self._foundation = environment, foundation
        self._network, self._lake, self._warehouse = network, lake, warehouse
        self._database = ingestion.catalog_database
        self._use_case = find(environment.use_case)
        self._name = f"{PRODUCT}-{environment.name}"
        self.image = ecr_assets.DockerImageAsset(
            self,
            "Image",
            directory=str(ROOT),
            # SageMaker runs jobs on no other processor.
            platform=ecr_assets.Platform.LINUX_AMD64,
        )
        self.package_group = self._package_group()
        self.feature_group = self._feature_group()
        self._ledger = self._table_of_the_ledger()
        self.ledger_table = self._ledger.table_name
        self.ledger_arn = self._ledger.table_arn
        self.execution_role = self._job_role(tracking)
        self.pipeline_name = f"{self._name}-retrain"
        self.pipeline_arn = self.format_arn(
            service="sagemaker", resource="pipeline", resource_name=self.pipeline_name
        )
        self._pipeline(tracking)
        self._tell_people(tracking)
        if environment.studio:
            self._studio()

    @property
    def _group_name(self) -> str:
        return f"{self._name}-{self._use_case.name.replace('_', '-')}"

    def _package_group(self) -> str:
        moment = self._use_case.default_moment.name
        return sagemaker.CfnModelPackageGroup(
            self,
            "Packages",
            model_package_group_name=f"{self._group_name}-{moment}",
            model_package_group_description=f"Champions of {self._use_case.name}, {moment}",
        ).model_package_group_name

    def _feature_group(self) -> str:
        return LeadFeatures(
            self,
            "Features",
            name=self._group_name,
            use_case=self._use_case,
            bucket=self._lake.clean,
            key=self._foundation.data_key,
            online=self._environment.online_features,
        ).name

    def _table_of_the_ledger(self) -> SecureTable:
        return SecureTable(
            self,
            "Ledger",
            partition_key=LEDGER_MODEL,
            sort_key=number(LEDGER_NUMBER),
            key=self._foundation.data_key,
            removal=removal_of_data(self, self._environment),
        )

    def _job_role(self, tracking: TrackingStack) -> iam.Role:
        role = JobRole(
            self,
            "ExecutionRole",
            use_case=self._use_case.name,
            raw=self._lake.raw,
            clean=self._lake.clean,
            artifacts=self._lake.artifacts,
            key=self._foundation.data_key,
            images=self.image.repository,
            package_group=self.package_group,
            feature_group=self.feature_group,
            database=self._database,
            ledger=self._ledger,
        )
        self._foundation.topics.let_tell(role)
        tracking.grant_use(role)
        let_use_warehouse(
            role,
            workgroup_arn=self._warehouse.workgroup_arn,
            bucket=self._lake.clean,
            staging=STAGING,
        )
        let_join(
            role,
            vpc=self._network.vpc,
            subnets=self._network.private,
            group=self._network.tiers[Tier.TRAINING],
        )
        return role

    def _pipeline(self, tracking: TrackingStack) -> None:
        use_case, artifacts = self._use_case.name, self._lake.artifacts
        runs = runs_prefix(use_case)
        RetrainPipeline(
            self,
            "Retrain",
            name=self.pipeline_name,
            definition=pipeline_definition(
                shape=self._job_shape(),
                settings=self._job_settings(tracking),
                input_uri=self._lake.raw.s3_url_for_object(raw_prefix(use_case)),
                runs_uri=artifacts.s3_url_for_object(runs),
            ),
            job_role=self.execution_role,
            runs=artifacts,
            runs_folder=runs,
            key=self._foundation.data_key,
        )

    def _job_shape(self) -> JobShape:
        return JobShape(
            role_arn=self.execution_role.role_arn,
            image_uri=self.image.image_uri,
            kms_key_arn=self._foundation.data_key.key_arn,
            security_groups=[self._network.tiers[Tier.TRAINING].security_group_id],
            subnets=subnet_ids(self._network.vpc, self._network.private),
        )

    def _job_settings(self, tracking: TrackingStack) -> JobSettings:
        use_case, artifacts = self._use_case.name, self._lake.artifacts
        return JobSettings(
            use_case=use_case,
            home_uri=artifacts.s3_url_for_object(home_prefix(use_case)),
            snapshots_database=self._database,
            lake_uri=f"s3://{self._lake.clean.bucket_name}/",
            packages_uri=artifacts.s3_url_for_object(packages_prefix(use_case)),
            package_group=self.package_group,
            image_uri=self.image.image_uri,
            reason=RetrainReason.MANUAL.value,
            watched_as=part_name(self._environment.name, WATCH),
            ledger_table=self.ledger_table,
            who=self.pipeline_name,
            feature_group=self.feature_group,
            approval=self._environment.approval.value,
            mlflow_uri=tracking.client_settings.mlflow_uri,
            mlflow_secret=tracking.client_settings.mlflow_secret,
            **asdict(self._warehouse.client_settings),
            **asdict(self._foundation.topics.settings),
        )

    def _tell_people(self, tracking: TrackingStack) -> None:
        """What `leadwise train --where sagemaker` needs, as lines for a shell."""
        shape, folder = self._job_shape(), trainings_prefix(self._use_case.name)
        settings = TrainingJobSettings(
            training_image=shape.image_uri,
            training_role=shape.role_arn,
            training_uri=self._lake.artifacts.s3_url_for_object(folder),
            training_key=shape.kms_key_arn,
            training_subnets=cdk.Fn.join(",", list(shape.subnets)),
            training_groups=cdk.Fn.join(",", list(shape.security_groups)),
            training_machine=shape.instance_type,
            ledger_table=self.ledger_table,
            mlflow_uri=tracking.client_settings.mlflow_uri,
            mlflow_secret=tracking.client_settings.mlflow_secret,
        )
        lines = [f"export {name}={value}" for name, value in settings.to_env().items()]
        cdk.CfnOutput(self, "TrainingSettings", value="\n".join(lines))

    def _studio(self) -> None:
        Studio(
            self,
            "Studio",
            name=self._name,
            vpc=self._network.vpc,
            subnets=self._network.private,
            group=self._network.tiers[Tier.TRAINING],
            artifacts=self._lake.artifacts,
            key=self._foundation.data_key,
        )
