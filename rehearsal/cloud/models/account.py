"""Budgets and CloudTrail: what an account writes down about itself."""

from __future__ import annotations

from typing import Any

from rehearsal.cloud.model import Model, Properties


class Budget(Model):
    """What a month may cost, and who hears when it costs more."""

    type = "AWS::Budgets::Budget"
    unproven = "that money spent is counted"

    def create(self) -> None:
        self.ref = self.properties["Budget"].get("BudgetName", self.name[:100])
        self.client("budgets").create_budget(
            AccountId=self.account,
            Budget=self._budget(),
            NotificationsWithSubscribers=self.properties.get("NotificationsWithSubscribers", []),
        )

    def update(self, before: Properties) -> None:
        # moto cannot change a budget.
        self.delete()
        self.create()

    def delete(self) -> None:
        self.client("budgets").delete_budget(AccountId=self.account, BudgetName=self.ref)

    def _budget(self) -> Properties:
        budget: dict[str, Any] = {**self.properties["Budget"], "BudgetName": self.ref}
        limit = budget["BudgetLimit"]
        return budget | {"BudgetLimit": limit | {"Amount": str(limit["Amount"])}}


class Trail(Model):
    """Who read or changed which object."""

    type = "AWS::CloudTrail::Trail"
    name_property = "TrailName"
    unproven = "that reads and writes are written down"

    def create(self) -> None:
        made = self.client("cloudtrail").create_trail(
            Name=self.name, TagsList=self.properties.get("Tags", []), **self._asked()
        )
        self.ref = self.name
        self.attributes = {"Arn": made["TrailARN"], "SnsTopicArn": made.get("SnsTopicARN", "")}
        self._select()

    def update(self, before: Properties) -> None:
        self.client("cloudtrail").update_trail(Name=self.name, **self._asked())
        self._select()

    def delete(self) -> None:
        self.client("cloudtrail").delete_trail(Name=self.name)

    def _asked(self) -> Properties:
        own = ("AdvancedEventSelectors", "EventSelectors", "InsightSelectors", "IsLogging")
        given = self.without("Tags", "TrailName", *own)
        spelled = {"KMSKeyId": "KmsKeyId"}
        return {spelled.get(name, name): value for name, value in given.items()}

    def _select(self) -> None:
        trails = self.client("cloudtrail")
        selectors = self.pick("AdvancedEventSelectors", "EventSelectors")
        if selectors:
            trails.put_event_selectors(TrailName=self.name, **selectors)
        if self.properties["IsLogging"]:
            trails.start_logging(Name=self.name)
