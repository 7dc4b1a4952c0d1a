"""Who may do what: every permission that the templates give, and how two synths differ.

Run as ``python -m infra.policy.grants CLOUD_ASSEMBLY [--against OLDER_ONE]``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.policy.controls.identity import as_list, statements
from infra.policy.template import Resource, Stack, read_assembly, refers_to


@dataclass(frozen=True)
class Grant:
    """One action that a role may take on one resource.

    Parameters
    ----------
    stack, role : str
        Whose it is: the stack's name and the role's logical id.
    action : str
        Such as ``"s3:GetObject"``; may end in ``*``.
    resource : str
        As in the template, as JSON where it is not plain text.
    condition : str
        As JSON; empty where there is none.
    policy : str
        Logical id of the policy that says so.
    """

    stack: str
    role: str
    action: str
    resource: str
    condition: str
    policy: str

    def __str__(self) -> str:
        limit = f" if {self.condition}" if self.condition else ""
        return f"{self.stack} {self.role} may {self.action} on {self.resource}{limit}"


def policies_of(role: Resource) -> list[Resource]:
    """What holds a role's statements: the role itself, and policies attached to it in its stack."""
    attached = [
        policy
        for policy in role.stack.of_type("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
        if refers_to(policy.get("Roles"), role.id)
    ]
    return [role, *attached]


def grants_of(role: Resource) -> Iterator[Grant]:
    """Every permission of a role, from its own policies and those attached to it in its stack."""
    for policy in policies_of(role):
        for statement in statements(policy):
            yield from _grants(role, policy, statement)


def _grants(role: Resource, policy: Resource, statement: Mapping[str, Any]) -> Iterator[Grant]:
    condition = statement.get("Condition")
    for action in as_list(statement.get("Action", [])):
        for resource in as_list(statement.get("Resource", [])):
            yield Grant(
                role.stack.name, role.id, action, _text(resource), _text(condition or ""), policy.id
            )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def all_grants(stacks: Iterable[Stack]) -> list[Grant]:
    """Every permission in some stacks, in a stable order."""
    found = [
        grant
        for stack in stacks
        for role in stack.of_type("AWS::IAM::Role")
        for grant in grants_of(role)
    ]
    return sorted(found, key=str)


def changes(before: Iterable[Stack], after: Iterable[Stack]) -> list[str]:
    """Permissions that one synth has and the other has not, one a line: ``+`` new, ``-`` gone."""
    old, new = ({str(grant) for grant in all_grants(stacks)} for stacks in (before, after))
    return [f"+ {each}" for each in sorted(new - old)] + [f"- {each}" for each in sorted(old - new)]


def _lines(folder: Path, against: Path | None) -> list[str]:
    stacks = read_assembly(folder)
    if against is None:
        return [str(grant) for grant in all_grants(stacks)]
    return changes(read_assembly(against), stacks) or ["No permission changes."]


def main() -> None:
    """Print permissions, or what changed."""
    parser = argparse.ArgumentParser(description="Permissions in synthesized templates.")
    parser.add_argument("folder", type=Path, help="cloud assembly, such as cdk.out")
    parser.add_argument("--against", type=Path, help="an older one, to print changes only")
    arguments = parser.parse_args()
    sys.stdout.write("\n".join(_lines(arguments.folder, arguments.against)) + "\n")


if __name__ == "__main__":
    main()
