"""CloudWatch Logs where moto's own models stop short."""

from __future__ import annotations

from rehearsal.cloud.model import Model, Properties


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
