"""What was deployed, read back through boto3."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from rehearsal.failure import RehearsalFailed
from rehearsal.moto import REGION


@dataclass(frozen=True)
class Deployed:
    """A resource as CloudFormation says that it exists."""

    stack: str
    logical_id: str
    type: str
    id: str


@dataclass(frozen=True)
class Event:
    """What CloudFormation did to a resource."""

    stack: str
    logical_id: str
    type: str
    status: str


@dataclass(frozen=True)
class Account:
    """The account of the rehearsal.

    Parameters
    ----------
    url : str
        Where moto is.
    """

    url: str

    def client(self, service: str) -> Any:
        """A boto3 client that meets moto alone."""
        return _client(self.url, service)

    def stacks(self) -> list[str]:
        """Names of the product's stacks."""
        pages = self.client("cloudformation").get_paginator("describe_stacks").paginate()
        names = [stack["StackName"] for page in pages for stack in page["Stacks"]]
        return [name for name in names if name.startswith("leadwise-")]

    def deployed(self, kind: str) -> list[Deployed]:
        """Every resource of a CloudFormation type in the product's stacks."""
        return [each for each in self._all() if each.type == kind]

    def only(self, kind: str, within: str) -> Deployed:
        """The one resource of a type whose logical id holds a word.

        Raises
        ------
        RehearsalFailed
            If there is none, or more than one.
        """
        found = [each for each in self.deployed(kind) if within in each.logical_id]
        if len(found) != 1:
            names = ", ".join(each.logical_id for each in found) or "none"
            raise RehearsalFailed(f"{kind} named {within}... are {names}", "one")
        return found[0]

    def events(self) -> list[Event]:
        """All that CloudFormation did to resources so far, stack by stack."""
        return [event for stack in self.stacks() for event in self._events_of(stack)]

    def function(self, module: str) -> Any:
        """Configuration of the function whose handler lies in `lambdas/<module>.py`."""
        for each in self.functions():
            if each["Handler"] == f"lambdas.{module}.handler":
                return each
        raise RehearsalFailed(f"no function runs lambdas.{module}.handler", "one")

    def functions(self) -> list[Any]:
        """Configurations of all functions."""
        pages = self.client("lambda").get_paginator("list_functions").paginate()
        return [function for page in pages for function in page["Functions"]]

    def _all(self) -> Iterator[Deployed]:
        for stack in self.stacks():
            pages = self.client("cloudformation").get_paginator("list_stack_resources")
            for page in pages.paginate(StackName=stack):
                for each in page["StackResourceSummaries"]:
                    yield Deployed(
                        stack=stack,
                        logical_id=each["LogicalResourceId"],
                        type=each["ResourceType"],
                        id=each["PhysicalResourceId"],
                    )

    def _events_of(self, stack: str) -> list[Event]:
        pages = self.client("cloudformation").get_paginator("describe_stack_events")
        return [
            Event(
                stack=stack,
                logical_id=each["LogicalResourceId"],
                type=each["ResourceType"],
                status=each["ResourceStatus"],
            )
            for page in pages.paginate(StackName=stack)
            for each in page["StackEvents"]
            if each["ResourceType"] != "AWS::CloudFormation::Stack"
        ]


@functools.cache
def _client(url: str, service: str) -> Any:
    # A step waits for a Lambda's own run, and must not ask twice.
    patient = Config(read_timeout=180, retries={"total_max_attempts": 1}, proxies={})
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=patient,
    )
