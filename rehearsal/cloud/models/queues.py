"""SQS: queues, and who may send to them."""

from __future__ import annotations

import json

from rehearsal.cloud.model import Model, Properties, text

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
        return {k: json.dumps(v) if k in _JSON else text(v) for k, v in given.items()}


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
