"""EventBridge: rules and schedules."""

from __future__ import annotations

import json
from typing import Any

from rehearsal.cloud.model import Model, Properties


class Rule(Model):
    """What EventBridge sends where."""

    type = "AWS::Events::Rule"
    name_property = "Name"
    replaced_by = ("EventBusName",)

    def create(self) -> None:
        self.name = self.name[:64]
        self._put()
        self.ref = self.name
        self.attributes = {"Arn": self.arn("events", f"rule/{self.name}")}

    def update(self, before: Properties) -> None:
        self._remove_targets(before)
        self._put()

    def delete(self) -> None:
        self._remove_targets(self.properties)
        self.client("events").delete_rule(Name=self.name, **self._bus())

    def _put(self) -> None:
        events = self.client("events")
        given = self.pick("Description", "RoleArn", "ScheduleExpression", "State")
        if "EventPattern" in self.properties:
            given["EventPattern"] = json.dumps(self.properties["EventPattern"])
        events.put_rule(Name=self.name, **given, **self._bus())
        if self.properties.get("Targets"):
            made = events.put_targets(
                Rule=self.name, Targets=self.properties["Targets"], **self._bus()
            )
            if made["FailedEntryCount"]:
                raise ValueError(f"targets were refused: {made['FailedEntries']}")

    def _remove_targets(self, of: Properties) -> None:
        ids = [target["Id"] for target in of.get("Targets", [])]
        if ids:
            self.client("events").remove_targets(Rule=self.name, Ids=ids, **self._bus())

    def _bus(self) -> dict[str, Any]:
        return self.pick("EventBusName")


class Schedule(Model):
    """What is sent when."""

    type = "AWS::Scheduler::Schedule"
    name_property = "Name"
    unproven = "that it fires when it should; its message is sent by hand"

    def create(self) -> None:
        self.name = self.name[:64]
        made = self.client("scheduler").create_schedule(**self._asked())
        self.ref = self.name
        self.attributes = {"Arn": made["ScheduleArn"]}

    def update(self, before: Properties) -> None:
        self.client("scheduler").update_schedule(**self._asked())

    def delete(self) -> None:
        self.client("scheduler").delete_schedule(Name=self.name, **self.pick("GroupName"))

    def _asked(self) -> dict[str, Any]:
        return {**self.properties, "Name": self.name}
