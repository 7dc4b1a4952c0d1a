"""CloudWatch Logs where moto's own models stop short."""

from __future__ import annotations

from typing import Any

from rehearsal.cloud.model import Model, Properties

_CONFIGURATION = (
    "Architectures", "DeadLetterConfig", "Description", "Environment", "EphemeralStorage",
    "FileSystemConfigs", "Handler", "ImageConfig", "KmsKeyArn:KMSKeyArn", "Layers",
    "LoggingConfig", "MemorySize", "PackageType", "Role", "Runtime", "SnapStart", "Timeout",
    "TracingConfig", "VpcConfig",
)  # fmt: skip
_FIXED = {"Architectures", "PackageType"}


class MetricFilter(Model):
    """A metric counted from log lines."""

    type = "AWS::Logs::MetricFilter"
    name_property = "FilterName"

    def create(self) -> None:
        self.ref = self.name
        self.update({})

    def update(self, before: Properties) -> None:
        transformations = [
            _logs_spelling(each) for each in self.properties["MetricTransformations"]
        ]
        self.client("logs").put_metric_filter(
            filterName=self.name,
            filterPattern=self.properties["FilterPattern"],
            logGroupName=self.properties["LogGroupName"],
            metricTransformations=transformations,
        )

    def delete(self) -> None:
        self.client("logs").delete_metric_filter(
            filterName=self.name, logGroupName=self.properties["LogGroupName"]
        )


class LogGroup(Model):
    """A log group with its key and how long it keeps."""

    type = "AWS::Logs::LogGroup"
    name_property = "LogGroupName"

    def create(self) -> None:
        asked = {"kmsKeyId": self.properties["KmsKeyId"]} if "KmsKeyId" in self.properties else {}
        logs = self.client("logs")
        logs.create_log_group(logGroupName=self.name, tags=self.tag_map(), **asked)
        self.ref = self.name
        self.attributes = {"Arn": self.arn("logs", f"log-group:{self.name}:*")}
        self.update({})

    def update(self, before: Properties) -> None:
        if before and before.get("KmsKeyId") != self.properties.get("KmsKeyId"):
            raise ValueError("changing a log group's key is not rehearsed")
        if "RetentionInDays" in self.properties:
            self.client("logs").put_retention_policy(
                logGroupName=self.name, retentionInDays=int(self.properties["RetentionInDays"])
            )

    def delete(self) -> None:
        self.client("logs").delete_log_group(logGroupName=self.name)


def _logs_spelling(given: dict[str, Any]) -> dict[str, Any]:
    """CloudFormation says MetricName where the API says metricName."""
    spelled = {name[0].lower() + name[1:]: value for name, value in given.items()}
    if "dimensions" in spelled:
        spelled["dimensions"] = {each["Key"]: each["Value"] for each in spelled["dimensions"]}
    return spelled
