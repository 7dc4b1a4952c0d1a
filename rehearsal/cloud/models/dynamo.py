"""DynamoDB."""

from __future__ import annotations

from rehearsal.cloud.model import Model, Properties


class DynamoTable(Model):
    """A table with its key, its backups and its expiry."""

    type = "AWS::DynamoDB::Table"
    name_property = "TableName"
    replaced_by = ("KeySchema",)

    def create(self) -> None:
        settings = (
            "PointInTimeRecoverySpecification", "SSESpecification", "TableName",
            "TimeToLiveSpecification", "ContributorInsightsSpecification",
        )  # fmt: skip
        made = self.client("dynamodb").create_table(
            TableName=self.name, **self.without(*settings), **self._encryption()
        )["TableDescription"]
        self.ref = self.name
        self.attributes = {"Arn": made["TableArn"], "StreamArn": made.get("LatestStreamArn", "")}
        self.update({})

    def update(self, before: Properties) -> None:
        tables, given = self.client("dynamodb"), self.properties
        backups = given.get("PointInTimeRecoverySpecification")
        if backups and backups != before.get("PointInTimeRecoverySpecification"):
            tables.update_continuous_backups(
                TableName=self.name, PointInTimeRecoverySpecification=backups
            )
        expiry = given.get("TimeToLiveSpecification")
        if expiry and expiry != before.get("TimeToLiveSpecification"):
            tables.update_time_to_live(TableName=self.name, TimeToLiveSpecification=expiry)

    def delete(self) -> None:
        self.client("dynamodb").delete_table(TableName=self.name)

    def _encryption(self) -> Properties:
        given = self.properties.get("SSESpecification")
        if not given:
            return {}
        spelled = {"SSEEnabled": "Enabled"}
        return {"SSESpecification": {spelled.get(k, k): v for k, v in given.items()}}
