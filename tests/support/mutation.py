"""Changes to templates that take one property away."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.policy.template import Stack

Change = Callable[[dict[str, Any]], bool]


@dataclass(frozen=True)
class Mutant:
    """A change to each resource of a type, in every stack that has one."""

    says: str
    type: str
    change: Change

    def of(self, stack: Stack) -> Iterator[Stack]:
        """One stack per resource that the change alters."""
        for id, body in stack.template.get("Resources", {}).items():
            if body["Type"] != self.type:
                continue
            template = copy.deepcopy(dict(stack.template))
            if self.change(template["Resources"][id]):
                yield Stack(stack.name, stack.environment, template)


def drop(path: str) -> Change:
    """Remove a property."""
    *parents, last = path.split(".")

    def change(body: dict[str, Any]) -> bool:
        target = _walk(body.get("Properties", {}), parents)
        return target is not None and target.pop(last, None) is not None

    return change


def put(path: str, value: object) -> Change:
    """Set a property to something else."""
    *parents, last = path.split(".")

    def change(body: dict[str, Any]) -> bool:
        target = _walk(body.get("Properties", {}), parents)
        if target is None or target.get(last) == value:
            return False
        target[last] = copy.deepcopy(value)
        return True

    return change


def _walk(value: Any, names: list[str]) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, dict) else None


def in_list(path: str, change: Change) -> Change:
    """Change the first element of a list."""

    def first(body: dict[str, Any]) -> bool:
        *parents, last = path.split(".")
        target = _walk(body.get("Properties", {}), parents)
        elements = target.get(last) if target else None
        return bool(elements) and isinstance(elements, list) and change({"Properties": elements[0]})

    return first


def forget(name: str) -> Change:
    """Remove an attribute beside the properties, such as DeletionPolicy."""
    return lambda body: body.pop(name, None) is not None


def without_statement(path: str, word: str) -> Change:
    """Remove the statements of a policy that speak of something."""

    def change(body: dict[str, Any]) -> bool:
        document = _walk(body.get("Properties", {}), path.split("."))
        if document is None:
            return False
        kept = [each for each in document["Statement"] if word not in str(each)]
        found = len(kept) < len(document["Statement"])
        document["Statement"] = kept
        return found

    return change


def with_statement(path: str, statement: dict[str, Any]) -> Change:
    """Add a statement to a policy."""

    def change(body: dict[str, Any]) -> bool:
        document = _walk(body.get("Properties", {}), path.split("."))
        if document is None:
            return False
        document["Statement"] = [*document["Statement"], statement]
        return True

    return change


def attribute(key: str, value: str) -> Change:
    """Set an attribute of a load balancer."""

    def change(body: dict[str, Any]) -> bool:
        for each in body["Properties"].get("LoadBalancerAttributes", []):
            if each["Key"] == key:
                each["Value"] = value
                return True
        return False

    return change


def each_container(name: str, value: object) -> Change:
    """Set a property of every container."""

    def change(body: dict[str, Any]) -> bool:
        for container in body["Properties"]["ContainerDefinitions"]:
            container[name] = value
        return True

    return change


def become(type: str) -> Change:
    """Turn the resource into one of another type."""

    def change(body: dict[str, Any]) -> bool:
        body["Type"] = type
        return True

    return change


def where(path: str, word: str, change: Change) -> Change:
    """Only where a word stands somewhere below a property."""

    def only(body: dict[str, Any]) -> bool:
        return word in str(_walk(body, ["Properties"]).get(path)) and change(body)

    return only


def beside(action: str, added: str) -> Change:
    """Let a statement that allows one action allow another as well."""

    def change(body: dict[str, Any]) -> bool:
        for statement in body["Properties"]["PolicyDocument"]["Statement"]:
            if action in statement["Action"] and isinstance(statement["Action"], list):
                statement["Action"].append(added)
                return True
        return False

    return change
