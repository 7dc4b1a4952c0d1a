"""SNS: topics, who may publish to them, and who listens."""

from __future__ import annotations

import json

from rehearsal.cloud.model import Model, Properties, text


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
        return {name: text(value) for name, value in given.items()}


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
        return {name: text(value) for name, value in given.items()}
