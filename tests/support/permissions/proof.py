"""Code and roles held against each other: calls that a role does not permit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from infra.policy.grants import grants_of
from infra.policy.template import Resource, Stack, refers_to
from tests.support.permissions.actions import actions_of
from tests.support.permissions.scan import calls


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """Some code and the role that it runs as.

    Parameters
    ----------
    name : str
        Such as ``"leadwise-dev-ingestion lambda intake"``.
    role : Resource
        In the template.
    files : tuple of Path
        All files of ours that it runs.
    """

    name: str
    role: Resource
    files: tuple[Path, ...]


def missing(runtime: Runtime) -> list[str]:
    """Calls that the role does not permit, each with its file and line."""
    granted = [grant.action for grant in grants_of(runtime.role)]
    return [
        f"{runtime.name}: {call} needs {action}, which {runtime.role.id} does not have"
        for call in calls(runtime.files)
        for action in actions_of(call)
        if not any(fnmatchcase(action, pattern) for pattern in granted)
    ]


def lambda_runtimes(
    stacks: Iterable[Stack], files_of: Callable[[str], list[Path]]
) -> Iterator[Runtime]:
    """One runtime per function of ours in some stacks."""
    for stack in stacks:
        for function in stack.of_type("AWS::Lambda::Function"):
            handler = str(function.get("Handler"))
            if handler.startswith("lambdas."):
                module = handler.rpartition(".")[0]
                yield Runtime(
                    name=f"{stack.name} lambda {module.removeprefix('lambdas.')}",
                    role=_role_of(function),
                    files=tuple(files_of(module)),
                )


def _role_of(function: Resource) -> Resource:
    for role in function.stack.of_type("AWS::IAM::Role"):
        if refers_to(function.get("Role"), role.id):
            return role
    raise LookupError(f"{function.stack.name}/{function.id} has no role in its stack")
