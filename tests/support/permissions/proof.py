"""Code and roles held against each other: what is missing, wrong or unused."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from infra.policy.controls.identity import NEEDS_EVERY_RESOURCE
from infra.policy.grants import Grant, grants_of
from infra.policy.template import Resource, Stack, refers_to
from ml.contract.settings import Settings
from tests.support.permissions.actions import actions_of
from tests.support.permissions.scan import calls


@dataclass(frozen=True, kw_only=True)
class Implied:
    """An action that no line of ours calls: a library or AWS itself does, as the role.

    Parameters
    ----------
    action : str
        That is needed.
    reason : str
        Who calls it, and why.
    """

    action: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """Some code and the role that it runs as.

    Parameters
    ----------
    name : str
        Such as ``"lambda intake"``.
    role : Resource
        In the template.
    files : tuple of Path
        All files of ours that it runs.
    environment : mapping
        Its variables, as in the template.
    implied : tuple of Implied
        What it needs beside the calls in its files.
    """

    name: str
    role: Resource
    files: tuple[Path, ...]
    environment: Mapping[str, Any] = field(default_factory=dict)
    implied: tuple[Implied, ...] = ()


def problems(runtime: Runtime, bindings: Mapping[str, str]) -> list[str]:
    """What does not fit between a runtime's code and its role.

    Parameters
    ----------
    runtime : Runtime
        To look at.
    bindings : mapping of str to str
        For an action, the Settings field that names the resource which it must be limited to.
    """
    grants = list(grants_of(runtime.role))
    return [
        *_missing(runtime, grants),
        *_wrong(runtime, grants, bindings),
        *_unused(runtime, grants),
        *_too_wide(runtime, grants),
    ]


def _needed(runtime: Runtime) -> dict[str, str]:
    """Actions, each with the place that needs it."""
    needed = {action: str(call) for call in calls(runtime.files) for action in actions_of(call)}
    return needed | {implied.action: implied.reason for implied in runtime.implied}


def _missing(runtime: Runtime, grants: list[Grant]) -> Iterator[str]:
    for action, place in _needed(runtime).items():
        if not any(fnmatchcase(action, grant.action) for grant in grants):
            yield f"{runtime.name}: {place} needs {action}, which {runtime.role.id} does not have"


def _wrong(runtime: Runtime, grants: list[Grant], bindings: Mapping[str, str]) -> Iterator[str]:
    needed = _needed(runtime)
    for grant in grants:
        names = [name for action, name in bindings.items() if fnmatchcase(grant.action, action)]
        meant = [
            runtime.environment[Settings.variable(name)]
            for name in names
            if Settings.variable(name) in runtime.environment
        ]
        if meant and not any(_same(grant.resource, value) for value in meant):
            place = needed.get(grant.action, runtime.name)
            yield f"{place}: {grant} is not the resource that its settings name: {meant}"


def _unused(runtime: Runtime, grants: list[Grant]) -> Iterator[str]:
    needed = _needed(runtime)
    for grant in grants:
        if not any(fnmatchcase(action, grant.action) for action in needed):
            yield f"{runtime.name}: nothing that it runs uses {grant}"


def _too_wide(runtime: Runtime, grants: list[Grant]) -> Iterator[str]:
    for grant in grants:
        if grant.resource == "*" and grant.action not in NEEDS_EVERY_RESOURCE:
            yield f"{runtime.name}: {grant} names no resource"


def _same(resource: str, value: Any) -> bool:
    """Whether a grant's resource and a variable's value speak of the same thing."""
    parts = _parts(_parsed(resource))
    return bool(parts & _parts(value)) or (
        isinstance(value, str) and any(value in part for part in parts)
    )


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


# What every ARN consists of says nothing about which resource it is.
_COMMON = {"AWS::Partition", "AWS::Region", "AWS::AccountId", "AWS::StackName", ""}


def _parts(value: Any) -> set[str]:
    """Names that occur in a value: logical ids, other stacks' outputs, longer texts."""
    if isinstance(value, Mapping):
        if "Fn::GetStackOutput" in value:
            output = value["Fn::GetStackOutput"]
            return {f"{output['StackName']}.{output['OutputName']}"}
        target = value.get("Fn::GetAtt")
        if isinstance(target, list):
            return {target[0]}
        return set().union(*(_parts(each) for each in value.values())) - _COMMON
    if isinstance(value, list):
        return set().union(*(_parts(each) for each in value)) if value else set()
    return {value} - _COMMON if isinstance(value, str) and len(value) > 1 else set()


def lambda_runtimes(
    stacks: Iterable[Stack], files_of: Any, implied: Mapping[str, tuple[Implied, ...]]
) -> Iterator[Runtime]:
    """One runtime per function of ours in some stacks."""
    for stack in stacks:
        for function in stack.of_type("AWS::Lambda::Function"):
            handler = str(function.get("Handler"))
            if handler.startswith("lambdas."):
                module = handler.rpartition(".")[0]
                name = module.removeprefix("lambdas.")
                yield Runtime(
                    name=f"{stack.name} lambda {name}",
                    role=_role_of(function),
                    files=tuple(files_of(module)),
                    environment=function.get("Environment.Variables") or {},
                    implied=(*implied["every Lambda"], *implied.get(name, ())),
                )


def _role_of(function: Resource) -> Resource:
    for role in function.stack.of_type("AWS::IAM::Role"):
        if refers_to(function.get("Role"), role.id):
            return role
    raise LookupError(f"{function.stack.name}/{function.id} has no role in its stack")
