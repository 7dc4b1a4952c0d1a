"""A control: one property that every resource of a type must have."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from infra.policy.template import Resource, Stack

#: Stands for every CloudFormation type.
EVERY_TYPE = "*"


@dataclass(frozen=True, kw_only=True)
class Control:
    """A rule over single resources.

    Parameters
    ----------
    id : str
        Number in AWS Security Hub's catalogue where it has one (``"S3.8"``), else our own, which
        starts with ``"LW."``.
    says : str
        What holds, in a sentence that completes "It is checked that".
    types : tuple of str
        CloudFormation types that it looks at; ``EVERY_TYPE`` for all.
    holds : callable
        Whether it holds for a resource.
    """

    id: str
    says: str
    types: tuple[str, ...]
    holds: Callable[[Resource], bool]


@dataclass(frozen=True)
class Finding:
    """A resource that breaks a control."""

    control: str
    stack: str
    resource: str
    says: str

    def __str__(self) -> str:
        return f"{self.control} {self.stack}/{self.resource}: expected that {self.says}"


def check(controls: Iterable[Control], stacks: Iterable[Stack]) -> Iterator[Finding]:
    """Every resource that breaks a control.

    Parameters
    ----------
    controls : iterable of Control
        To hold.
    stacks : iterable of Stack
        To look at.
    """
    by_type: dict[str, list[Control]] = {}
    for control in controls:
        for type in control.types:
            by_type.setdefault(type, []).append(control)
    for stack in stacks:
        for resource in stack.resources:
            for control in by_type.get(resource.type, []) + by_type.get(EVERY_TYPE, []):
                if not control.holds(resource):
                    yield Finding(control.id, stack.name, resource.id, control.says)
