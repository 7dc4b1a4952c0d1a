"""SageMaker: what answers scoring requests."""

from __future__ import annotations

from rehearsal.cloud.model import Model, Properties


class SageMakerModel(Model):
    """An image and a package."""

    type = "AWS::SageMaker::Model"
    name_property = "ModelName"
    unproven = "that the image and the package fit each other"
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
    unproven = "that the container answers, and that a bad champion is rolled back"

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
