"""CloudWatch alarms and dashboards."""

from __future__ import annotations

from rehearsal.cloud.model import Model, Properties


class Alarm(Model):
    """A metric, a bound, and who is told."""

    type = "AWS::CloudWatch::Alarm"
    name_property = "AlarmName"
    unproven = "that its metric exists and crosses the bound; its state is set by hand"

    def create(self) -> None:
        self.ref = self.name
        self.attributes = {"Arn": self.arn("cloudwatch", f"alarm:{self.name}")}
        self.update({})

    def update(self, before: Properties) -> None:
        given = self.without(self.name_property)
        self.client("cloudwatch").put_metric_alarm(AlarmName=self.name, **given)

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
