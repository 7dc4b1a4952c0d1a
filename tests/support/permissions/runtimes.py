"""Who runs what: each role of the templates, the code that has it, and what that is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.policy.controls.identity import as_list, statements
from infra.policy.grants import policies_of
from infra.policy.template import Resource, Stack, refers_to
from tests.support.permissions.entries import ENTRIES
from tests.support.permissions.places import Places, base, short, users_of

_SETTING = re.compile(r"<([\w -]+)>")


@dataclass(frozen=True)
class Granted:
    """One action that a role may take on one resource.

    Parameters
    ----------
    action, place : str
        ``"s3:ListBucket"`` is on the prefix that its condition leaves.
    condition : mapping
        As the statement has it.
    statement : str
        The policy's logical id, and the statement's number in it.
    """

    action: str
    place: str
    condition: dict[str, Any] = field(compare=False)
    statement: str = field(compare=False)


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """A role, and what runs as it.

    Parameters
    ----------
    name : str
        ``"ingestion/IntakeRole"``: stack and logical id, without the CDK's hash.
    role : Resource
        In the template.
    entries : tuple of str
        Where our code begins that runs as it; none where AWS alone does.
    told : dict
        Settings, arguments and properties that the template gives to it.
    granted : tuple of Granted
        What its policies allow.
    """

    name: str
    role: Resource
    entries: tuple[str, ...]
    told: dict[str, str]
    granted: tuple[Granted, ...]

    @property
    def title(self) -> str:
        """The role as a message names it: ``"leadwise-dev-ingestion/IntakeRole8913C69A"``."""
        return f"{self.role.stack.name}/{self.role.id}"

    @property
    def services(self) -> list[str]:
        """Principals that take the role on."""
        trusted = as_list(self.role.get("AssumeRolePolicyDocument.Statement"))
        named = [as_list(each["Principal"].get("Service", [])) for each in trusted]
        return [str(service) for some in named for service in some]

    def place(self, pattern: str) -> str:
        """A resource in terms of what the runtime is told: ``"glue:job/<glue_job>"``."""
        return _SETTING.sub(lambda found: self.told.get(found[1], found[0]), pattern)


def runtimes(stacks: Sequence[Stack]) -> list[Runtime]:
    """One runtime per role in the stacks of one or more environments."""
    places = Places.of(stacks)
    return [_runtime(role, places) for stack in stacks for role in stack.of_type("AWS::IAM::Role")]


def _runtime(role: Resource, places: Places) -> Runtime:
    users, environment = list(users_of(role)), role.stack.environment
    name = f"{short(role.stack)}/{base(role.id)}"
    own = {"stack": short(role.stack), "id": base(role.id).removesuffix("Role")}
    own |= {"env": environment.name, "region": environment.region, "use_case": environment.use_case}
    said = [places.told(user) for user in users]
    return Runtime(
        name=name,
        role=role,
        entries=(*ENTRIES.get(name, ()), *_handlers(users, role)),
        told=own | {key: value for some in said for key, value in some.items()},
        granted=tuple(_granted(role, places)),
    )


def _handlers(users: list[Resource], role: Resource) -> Iterator[str]:
    for user in users:
        if user.type == "AWS::Lambda::Function" and refers_to(user.get("Role"), role.id):
            module, _, function = str(user.get("Handler")).rpartition(".")
            yield f"{module}:{function}"


def _granted(role: Resource, places: Places) -> Iterator[Granted]:
    for policy in policies_of(role):
        for number, statement in enumerate(statements(policy), 1):
            for resource in as_list(statement.get("Resource", [])):
                place = places.place(resource, role.stack)
                for action in as_list(statement.get("Action", [])):
                    for each in _listed(action, place, statement):
                        condition = statement.get("Condition", {})
                        yield Granted(action, each, condition, f"{policy.id} statement {number}")


def _listed(action: str, place: str, statement: dict[str, Any]) -> list[str]:
    """Of a bucket's listing, the prefixes that the statement leaves."""
    if action != "s3:ListBucket":
        return [place]
    limits = statement.get("Condition", {}).get("StringLike", {}).get("s3:prefix", "*")
    return [f"{place}/{prefix}" for prefix in as_list(limits)]
