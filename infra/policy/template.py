"""Synthesized templates, read as resources that know their neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.assembly import templates_in
from infra.environments import ENVIRONMENTS, Environment


@dataclass(frozen=True)
class Resource:
    """One resource of a template.

    Parameters
    ----------
    stack : Stack
        That it belongs to.
    id : str
        Its logical id.
    body : mapping
        Its ``Type``, ``Properties`` and so on.
    """

    stack: Stack
    id: str
    body: Mapping[str, Any] = field(repr=False)

    @property
    def type(self) -> str:
        """CloudFormation type."""
        return str(self.body["Type"])

    def get(self, path: str) -> Any:
        """Property under a dotted path, None where it is absent: ``"KmsKeyId"``, ``"Vpc.Id"``."""
        value: Any = self.body.get("Properties", {})
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        return value

    def list(self, path: str) -> list[Any]:
        """The same for a list; empty where it is absent."""
        value = self.get(path)
        return value if isinstance(value, list) else []


@dataclass(frozen=True)
class Stack:
    """One template.

    Parameters
    ----------
    name : str
        Such as ``"leadwise-dev-lake"``.
    environment : Environment
        That it belongs to.
    template : mapping
        As synthesized.
    """

    name: str
    environment: Environment
    template: Mapping[str, Any] = field(repr=False)

    @property
    def resources(self) -> Iterator[Resource]:
        """All of them."""
        for id, body in self.template.get("Resources", {}).items():
            yield Resource(self, id, body)

    def of_type(self, *types: str) -> Iterator[Resource]:
        """Those of the given types."""
        return (resource for resource in self.resources if resource.type in types)

    def naming(self, resource: Resource, type: str, property: str) -> Iterator[Resource]:
        """Resources of a type whose property refers to the given one, such as its policy."""
        for other in self.of_type(type):
            if refers_to(other.get(property), resource.id):
                yield other


def refers_to(value: Any, id: str) -> bool:
    """Whether a property's value refers to a logical id, at any depth."""
    if isinstance(value, Mapping):
        target = value.get("Fn::GetAtt")
        name = target[0] if isinstance(target, list) else target
        return value.get("Ref") == id or name == id or any(refers_to(v, id) for v in value.values())
    return isinstance(value, list) and any(refers_to(each, id) for each in value)


def read_assembly(folder: Path, environments: Sequence[Environment] = ENVIRONMENTS) -> list[Stack]:
    """Every stack of a cloud assembly.

    Parameters
    ----------
    folder : Path
        Such as ``cdk.out``, with one ``assembly-<environment>`` per environment.
    environments : sequence of Environment
        That may be in it. Default: all that are deployed.
    """
    found = {path.name.removeprefix("assembly-") for path in folder.glob("assembly-*")}
    return [
        Stack(name, environment, template)
        for environment in sorted(environments, key=lambda each: each.name)
        if environment.name in found
        for name, template in templates_in(folder, environment.name).items()
    ]
