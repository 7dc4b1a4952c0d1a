"""SageMaker: what trains and registers."""

from __future__ import annotations

import json
import uuid

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
    unproven = "that its steps run; a start is read back, and which steps were done is made up"

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
    unproven = "that records are taken and found again; a stand-in does so in the tests"
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
