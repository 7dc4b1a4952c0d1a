"""Synthesized templates, as far as their price needs them: values that a deploy would compute."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from infra.assembly import templates_in
from ml.contract.errors import UsageError

#: Values of parameters that nobody has given yet. A champion is what an environment idles with;
#: a challenger is there only while it is on trial.
ASSUMED = {"ChampionPackage": "s3://bucket/champion/model.tar.gz"}

_NOTHING = object()


class NotPriceable(UsageError):
    """Raised when a price depends on a value that only a deploy knows."""


class Stack:
    """A template.

    Parameters
    ----------
    name : str
        Of the stack.
    template : dict
        As synthesized.
    """

    def __init__(self, name: str, template: Mapping[str, Any]) -> None:
        self.name = name
        self._template = template

    @cached_property
    def resources(self) -> tuple["Resource", ...]:
        """What the stack consists of once there is a champion."""
        found: dict[str, dict[str, Any]] = self._template.get("Resources", {})
        return tuple(
            Resource(stack=self, id=id, type=entry["Type"], properties=entry.get("Properties", {}))
            for id, entry in found.items()
            if self._holds(entry.get("Condition"))
        )

    def resource(self, id: str) -> "Resource | None":
        """The resource of that logical id."""
        return next((each for each in self.resources if each.id == id), None)

    def value(self, raw: Any) -> Any:
        """A value with parameters and conditions filled in; what else a deploy computes stays."""
        if isinstance(raw, list):
            items = (self.value(item) for item in raw)
            return [item for item in items if item is not _NOTHING]
        if not isinstance(raw, dict):
            return raw
        if raw.keys() == {"Fn::If"}:
            condition, then, otherwise = raw["Fn::If"]
            return self.value(then if self._holds(condition) else otherwise)
        if raw.keys() == {"Ref"}:
            return self._reference(raw)
        pairs = ((name, self.value(item)) for name, item in raw.items())
        return {name: item for name, item in pairs if item is not _NOTHING}

    def _reference(self, raw: dict[str, str]) -> Any:
        name = raw["Ref"]
        if name == "AWS::NoValue":
            return _NOTHING
        parameter = self._template.get("Parameters", {}).get(name)
        if parameter is None or "AWS::SSM" in parameter["Type"]:
            return raw
        return ASSUMED.get(name, parameter.get("Default", raw))

    def _holds(self, condition: str | None) -> bool:
        if condition is None:
            return True
        return bool(self._judge(self._template["Conditions"][condition]))

    def _judge(self, raw: Any) -> Any:
        """Truth of a condition's expression."""
        if not isinstance(raw, dict) or len(raw) != 1:
            return self.value(raw)
        [(function, given)] = raw.items()
        match function:
            case "Condition":
                return self._holds(given)
            case "Fn::Equals":
                return self.value(given[0]) == self.value(given[1])
            case "Fn::Not":
                return not self._judge(given[0])
            case "Fn::And":
                return all(self._judge(each) for each in given)
            case "Fn::Or":
                return any(self._judge(each) for each in given)
        return self.value(raw)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of a template.

    Parameters
    ----------
    stack : Stack
        That it belongs to.
    id : str
        Its logical id.
    type : str
        Such as ``"AWS::EC2::Instance"``.
    properties : dict
        As synthesized; read them with `get`.
    """

    stack: Stack
    id: str
    type: str
    properties: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.type} {self.id} in {self.stack.name}"

    def get(self, path: str, default: Any = None) -> Any:
        """Value of a property: ``resource.get("LaunchTemplate.Version")``."""
        found: Any = self.stack.value(dict(self.properties))
        for name in path.split("."):
            if not isinstance(found, dict) or name not in found:
                return default
            found = found[name]
        return found

    def text(self, path: str, default: str | None = None) -> str:
        """Value of a property that must be text known at synth."""
        found = self.get(path, default)
        if not isinstance(found, str):
            raise NotPriceable(_unknown(self, path, found, "text"))
        return found

    def number(self, path: str, default: float | None = None) -> float:
        """Value of a property that must be a number known at synth."""
        found = self.get(path, default)
        try:
            return float(found)
        except (TypeError, ValueError):
            raise NotPriceable(_unknown(self, path, found, "a number")) from None

    def flag(self, path: str) -> bool:
        """Whether a property is true; one that is not given is false."""
        return self.get(path) in {True, "true"}

    def target(self, path: str) -> "Resource":
        """The resource of the same stack that a property refers to."""
        found = self.get(path)
        id = found.get("Ref") or found.get("Fn::GetAtt", [None])[0] if found else None
        target = self.stack.resource(id) if id else None
        if target is None:
            raise NotPriceable(_unknown(self, path, found, "a resource of the same stack"))
        return target


def _unknown(resource: Resource, path: str, found: Any, expected: str) -> str:
    return (
        f"{resource} cannot be priced: {path} is {found!r}; "
        f"expected {expected} that is known at synth"
    )


def read_stacks(folder: Path, environment: str) -> tuple[Stack, ...]:
    """Stacks of one environment, in the order of their dependencies' names.

    Parameters
    ----------
    folder : Path
        What synth wrote to: cdk.out.
    environment : str
        Name of the environment.

    Raises
    ------
    NotSynthesized
        If the folder holds no templates of it.
    """
    return tuple(Stack(*each) for each in templates_in(folder, environment).items())
