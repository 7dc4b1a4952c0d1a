"""SNS, SQS and EventBridge: topics, queues, and who may send to them."""

from __future__ import annotations

import json
from typing import Any

from rehearsal.cloud.model import Model, Properties

_JSON = ("RedrivePolicy", "RedriveAllowPolicy")


class Queue(Model):
    """A queue with all its attributes."""

    type = "AWS::SQS::Queue"
    name_property = "QueueName"

    def create(self) -> None:
        self.name = self.name[:80]
        made = self.client("sqs").create_queue(
            QueueName=self.name, Attributes=self._attributes(), tags=self.tag_map()
        )
        self.ref = made["QueueUrl"]
        self.attributes = {
            "Arn": self.arn("sqs", self.name),
            "QueueName": self.name,
            "QueueUrl": self.ref,
        }

    def update(self, before: Properties) -> None:
        self.client("sqs").set_queue_attributes(QueueUrl=self.ref, Attributes=self._attributes())

    def delete(self) -> None:
        self.client("sqs").delete_queue(QueueUrl=self.ref)

    def _attributes(self) -> dict[str, str]:
        given = self.without("QueueName", "Tags")
        return {k: json.dumps(v) if k in _JSON else _text(v) for k, v in given.items()}


class QueuePolicy(Model):
    """Who may send to queues."""

    type = "AWS::SQS::QueuePolicy"

    def create(self) -> None:
        self.ref = self.name
        self.update({})

    def update(self, before: Properties) -> None:
        self._put(json.dumps(self.properties["PolicyDocument"]))

    def delete(self) -> None:
        self._put("")

    def _put(self, policy: str) -> None:
        for url in self.properties["Queues"]:
            self.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


class Topic(Model):
    """A topic with its key."""

    type = "AWS::SNS::Topic"
    name_property = "TopicName"

    def create(self) -> None:
        self.ref = self.client("sns").create_topic(
            Name=self.name, Attributes=self._attributes(), Tags=self.properties.get("Tags", [])
        )["TopicArn"]
        self.attributes = {"TopicArn": self.ref, "TopicName": self.name}
        for each in self.properties.get("Subscription", []):
            self.client("sns").subscribe(TopicArn=self.ref, **each)

    def update(self, before: Properties) -> None:
        for name, value in self._attributes().items():
            self.client("sns").set_topic_attributes(
                TopicArn=self.ref, AttributeName=name, AttributeValue=value
            )

    def delete(self) -> None:
        self.client("sns").delete_topic(TopicArn=self.ref)

    def _attributes(self) -> dict[str, str]:
        given = self.without("TopicName", "Tags", "Subscription")
        return {name: _text(value) for name, value in given.items()}


class TopicPolicy(Model):
    """Who may publish to topics."""

    type = "AWS::SNS::TopicPolicy"

    def create(self) -> None:
        self.ref = self.name
        self.update({})

    def update(self, before: Properties) -> None:
        for topic in self.properties["Topics"]:
            self.client("sns").set_topic_attributes(
                TopicArn=topic,
                AttributeName="Policy",
                AttributeValue=json.dumps(self.properties["PolicyDocument"]),
            )

    def delete(self) -> None:
        """It goes with its topics."""


class Subscription(Model):
    """Who hears what a topic says."""

    type = "AWS::SNS::Subscription"
    replaced_by = ("TopicArn", "Endpoint", "Protocol")

    def create(self) -> None:
        self.ref = self.client("sns").subscribe(
            TopicArn=self.properties["TopicArn"],
            Protocol=self.properties["Protocol"],
            Endpoint=self.properties["Endpoint"],
            ReturnSubscriptionArn=True,
            Attributes=self._attributes(),
        )["SubscriptionArn"]
        self.attributes = {"Arn": self.ref}

    def update(self, before: Properties) -> None:
        for name, value in self._attributes().items():
            self.client("sns").set_subscription_attributes(
                SubscriptionArn=self.ref, AttributeName=name, AttributeValue=value
            )

    def delete(self) -> None:
        self.client("sns").unsubscribe(SubscriptionArn=self.ref)

    def _attributes(self) -> dict[str, str]:
        given = self.without("TopicArn", "Protocol", "Endpoint", "Region")
        return {name: _text(value) for name, value in given.items()}


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


class ScheduleGroup(Model):
    """A drawer for schedules."""

    type = "AWS::Scheduler::ScheduleGroup"
    name_property = "Name"

    def create(self) -> None:
        made = self.client("scheduler").create_schedule_group(Name=self.name)
        self.ref = self.name
        self.attributes = {"Arn": made["ScheduleGroupArn"]}

    def update(self, before: Properties) -> None:
        """Only its tags can change."""

    def delete(self) -> None:
        self.client("scheduler").delete_schedule_group(Name=self.name)


class Schedule(Model):
    """What is sent when."""

    type = "AWS::Scheduler::Schedule"
    name_property = "Name"

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


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict | list) else str(value)
