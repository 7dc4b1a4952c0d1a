"""What a CloudFormation type does when a stack creates, changes or drops a resource of it."""

from __future__ import annotations

import functools
import json
import os
from dataclasses import dataclass, field
from typing import Any, ClassVar

import boto3

Properties = dict[str, Any]


@dataclass
class Model:
    """One resource of a stack; a subclass with a `type` is known to CloudFormation from then on.

    Parameters
    ----------
    logical_id, name : str
        Its name in the template, and the one it was given or that was made up for it.
    properties : dict
        As the template says, with every reference resolved.
    account, region, stack : str
        Where it lives.

    Attributes
    ----------
    ref : str
        What `Ref` gives; its name unless `create` says otherwise.
    attributes : dict
        What `Fn::GetAtt` gives.
    """

    logical_id: str
    name: str
    properties: Properties
    account: str
    region: str
    stack: str
    ref: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)

    #: CloudFormation's name of it.
    type: ClassVar[str] = ""
    #: Property that holds its name, where the template may give one.
    name_property: ClassVar[str] = ""
    #: Properties whose change makes a new resource rather than changing the old one.
    replaced_by: ClassVar[tuple[str, ...]] = ()
    #: What a real account alone proves about it, because nothing runs here; empty where it does.
    unproven: ClassVar[str] = ""

    def create(self) -> None:
        """Make it in moto, and say what its references give."""
        raise NotImplementedError(f"add create() to {type(self).__name__} in rehearsal/cloud")

    def update(self, before: Properties) -> None:
        """Bring what exists to the new properties."""
        raise NotImplementedError(f"add update() to {type(self).__name__} in rehearsal/cloud")

    def delete(self) -> None:
        """Take it away."""
        raise NotImplementedError(f"add delete() to {type(self).__name__} in rehearsal/cloud")

    def client(self, service: str) -> Any:
        """A boto3 client of this very moto: botocore checks what the template says."""
        return client(service, self.region)

    def arn(self, service: str, resource: str) -> str:
        """ARN of a resource in this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def without(self, *names: str) -> Properties:
        """The properties but for those that the API spells differently or does not take."""
        return {name: value for name, value in self.properties.items() if name not in names}

    def pick(self, *names: str) -> Properties:
        """Those of the named properties that the template gives."""
        return {name: self.properties[name] for name in names if name in self.properties}

    def tag_map(self) -> dict[str, str]:
        """Tags as a mapping, for the APIs that want one; the template may hold either form."""
        tags = self.properties.get("Tags", {})
        return tags if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}


class Stub(Model):
    """Recorded and nothing else, because moto has no such service."""

    def create(self) -> None:
        self.ref = self.name

    def update(self, before: Properties) -> None:
        pass

    def delete(self) -> None:
        pass


def all_models() -> dict[str, type[Model]]:
    """Every model by its CloudFormation type."""
    found: dict[str, type[Model]] = {}
    waiting = [Model]
    while waiting:
        for model in waiting.pop().__subclasses__():
            waiting.append(model)
            if model.type:
                found[model.type] = model
    return dict(sorted(found.items()))


def text(value: Any) -> str:
    """A value as the attributes of SQS and SNS spell it."""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


@functools.cache
def client(service: str, region: str) -> Any:
    """A boto3 client of the moto in this process; thread-safe, so one of each serves all."""
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
