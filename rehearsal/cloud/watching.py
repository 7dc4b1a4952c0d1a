"""CloudWatch alarms and budgets."""

from __future__ import annotations

from typing import Any

from rehearsal.cloud.model import Model, Properties


class Alarm(Model):
    """A metric, a bound, and who is told."""

    type = "AWS::CloudWatch::Alarm"
    name_property = "AlarmName"

    def create(self) -> None:
        self.ref = self.name
        self.attributes = {"Arn": self.arn("cloudwatch", f"alarm:{self.name}")}
        self.update({})

    def update(self, before: Properties) -> None:
        given = self.without(self.name_property)
        self.client("cloudwatch").put_metric_alarm(AlarmName=self.name, **given)

    def delete(self) -> None:
        self.client("cloudwatch").delete_alarms(AlarmNames=[self.name])


class CompositeAlarm(Model):
    """An alarm made of alarms."""

    type = "AWS::CloudWatch::CompositeAlarm"
    name_property = "AlarmName"

    def create(self) -> None:
        self.ref = self.name
        self.attributes = {"Arn": self.arn("cloudwatch", f"alarm:{self.name}")}
        self.update({})

    def update(self, before: Properties) -> None:
        given = self.without(self.name_property)
        self.client("cloudwatch").put_composite_alarm(AlarmName=self.name, **given)

    def delete(self) -> None:
        self.client("cloudwatch").delete_alarms(AlarmNames=[self.name])


class Dashboard(Model):
    """A page of graphs."""

    type = "AWS::CloudWatch::Dashboard"
    name_property = "DashboardName"

    def create(self) -> None:
        self.ref = self.name
        self.update({})

    def update(self, before: Properties) -> None:
        self.client("cloudwatch").put_dashboard(
            DashboardName=self.name, DashboardBody=self.properties["DashboardBody"]
        )

    def delete(self) -> None:
        self.client("cloudwatch").delete_dashboards(DashboardNames=[self.name])


class Budget(Model):
    """What a month may cost, and who hears when it costs more."""

    type = "AWS::Budgets::Budget"

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
