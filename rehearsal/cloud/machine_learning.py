"""SageMaker."""

from __future__ import annotations

import json
import uuid
from typing import Any

from rehearsal.cloud.model import Model, Properties


class ModelPackageGroup(Model):
    """Where packages of a model are registered."""

    type = "AWS::SageMaker::ModelPackageGroup"
    name_property = "ModelPackageGroupName"

    def create(self) -> None:
        made = self.client("sagemaker").create_model_package_group(
            **self.without("ModelPackageGroupPolicy", self.name_property),
            ModelPackageGroupName=self.name,
        )
        self.ref = made["ModelPackageGroupArn"]
        self.attributes = {"ModelPackageGroupArn": self.ref}

    def update(self, before: Properties) -> None:
        """Only its tags and policy can change."""

    def delete(self) -> None:
        self.client("sagemaker").delete_model_package_group(ModelPackageGroupName=self.name)


class Pipeline(Model):
    """The steps of a retrain."""

    type = "AWS::SageMaker::Pipeline"
    name_property = "PipelineName"

    def create(self) -> None:
        self.client("sagemaker").create_pipeline(
            PipelineName=self.name,
            ClientRequestToken=str(uuid.uuid4()),
            Tags=self.properties.get("Tags", []),
            **self._asked(),
        )
        self.ref = self.name

    def update(self, before: Properties) -> None:
        self.client("sagemaker").update_pipeline(PipelineName=self.name, **self._asked())

    def delete(self) -> None:
        self.client("sagemaker").delete_pipeline(
            PipelineName=self.name, ClientRequestToken=str(uuid.uuid4())
        )

    def _asked(self) -> Properties:
        body = self.properties["PipelineDefinition"]["PipelineDefinitionBody"]
        json.loads(body)
        return {
            "PipelineDefinition": body,
            **self.pick("PipelineDescription", "PipelineDisplayName", "RoleArn"),
            **self.pick("ParallelismConfiguration"),
        }


class FeatureGroup(Model):
    """Leads as features, with their history."""

    type = "AWS::SageMaker::FeatureGroup"
    name_property = "FeatureGroupName"
    replaced_by = ("EventTimeFeatureName", "OfflineStoreConfig", "RecordIdentifierFeatureName")

    def create(self) -> None:
        self.client("sagemaker").create_feature_group(
            FeatureGroupName=self.name, **self.without(self.name_property)
        )
        self.ref = self.name
        self.attributes = {"FeatureGroupArn": self.arn("sagemaker", f"feature-group/{self.name}")}

    def update(self, before: Properties) -> None:
        raise NotImplementedError("moto cannot change a feature group")

    def delete(self) -> None:
        """Moto cannot delete a feature group."""


class SageMakerModel(Model):
    """An image and a package."""

    type = "AWS::SageMaker::Model"
    name_property = "ModelName"
    replaced_by = ("Containers", "EnableNetworkIsolation", "ExecutionRoleArn", "PrimaryContainer",
                   "VpcConfig")  # fmt: skip

    def create(self) -> None:
        self.name = self.name[:63]
        self.client("sagemaker").create_model(
            ModelName=self.name, **self.without(self.name_property)
        )
        self.ref = self.name
        self.attributes = {"ModelName": self.name}

    def update(self, before: Properties) -> None:
        """Only its tags can change."""

    def delete(self) -> None:
        self.client("sagemaker").delete_model(ModelName=self.name)


class EndpointConfig(Model):
    """What an endpoint runs on."""

    type = "AWS::SageMaker::EndpointConfig"
    name_property = "EndpointConfigName"
    replaced_by = ("DataCaptureConfig", "KmsKeyId", "ProductionVariants",
                   "ShadowProductionVariants")  # fmt: skip

    def create(self) -> None:
        self.name = self.name[:63]
        self.client("sagemaker").create_endpoint_config(
            EndpointConfigName=self.name, **self.without(self.name_property)
        )
        self.ref = self.name
        self.attributes = {"EndpointConfigName": self.name}

    def update(self, before: Properties) -> None:
        """Only its tags can change."""

    def delete(self) -> None:
        self.client("sagemaker").delete_endpoint_config(EndpointConfigName=self.name)


class Endpoint(Model):
    """What answers scoring requests."""

    type = "AWS::SageMaker::Endpoint"
    name_property = "EndpointName"

    def create(self) -> None:
        self.name = self.name[:63]
        self.client("sagemaker").create_endpoint(
            EndpointName=self.name,
            Tags=self.properties.get("Tags", []),
            **self.pick("DeploymentConfig", "EndpointConfigName"),
        )
        self.ref = self.name
        self.attributes = {"EndpointName": self.name}

    def update(self, before: Properties) -> None:
        # moto has no update_endpoint.
        self.delete()
        self.create()

    def delete(self) -> None:
        self.client("sagemaker").delete_endpoint(EndpointName=self.name)


class ScalableTarget(Model):
    """What Application Auto Scaling moves, between which bounds."""

    type = "AWS::ApplicationAutoScaling::ScalableTarget"
    replaced_by = ("ResourceId", "ScalableDimension", "ServiceNamespace")

    def create(self) -> None:
        self.update({})
        # CloudFormation's own way to name one.
        names = ("ResourceId", "ScalableDimension", "ServiceNamespace")
        self.ref = "|".join(str(self.properties[name]) for name in names)
        self.attributes = {"Id": self.ref}

    def update(self, before: Properties) -> None:
        self.client("application-autoscaling").register_scalable_target(
            **self.without("ScheduledActions")
        )

    def delete(self) -> None:
        self.client("application-autoscaling").deregister_scalable_target(
            **self.pick("ResourceId", "ScalableDimension", "ServiceNamespace")
        )


class ScalingPolicy(Model):
    """When Application Auto Scaling moves something."""

    type = "AWS::ApplicationAutoScaling::ScalingPolicy"
    replaced_by = ("PolicyName", "ScalingTargetId")

    def create(self) -> None:
        self.ref = self.client("application-autoscaling").put_scaling_policy(**self._asked())[
            "PolicyARN"
        ]
        self.attributes = {"Arn": self.ref}

    def update(self, before: Properties) -> None:
        self.client("application-autoscaling").put_scaling_policy(**self._asked())

    def delete(self) -> None:
        names = ("PolicyName", "ResourceId", "ScalableDimension", "ServiceNamespace")
        asked: dict[str, Any] = {name: self._asked()[name] for name in names}
        self.client("application-autoscaling").delete_scaling_policy(**asked)

    def _asked(self) -> Properties:
        given = self.without("ScalingTargetId")
        if "ScalingTargetId" in self.properties:
            names = ("ResourceId", "ScalableDimension", "ServiceNamespace")
            given |= dict(zip(names, self.properties["ScalingTargetId"].split("|"), strict=True))
        return given
