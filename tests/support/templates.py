"""Questions that template tests ask of plain templates."""

from collections.abc import Iterator
from typing import Any

Template = dict[str, Any]
Resource = dict[str, Any]


def resources(template: Template, kind: str) -> dict[str, Resource]:
    """Resources of a CloudFormation type, by logical id."""
    return {id: each for id, each in template["Resources"].items() if each["Type"] == kind}


def the_only(template: Template, kind: str) -> Resource:
    """The properties of the one resource of a type."""
    (found,) = resources(template, kind).values()
    return found["Properties"]


def statements(*documents: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Statements of policy documents, with actions and resources as lists."""
    for document in documents:
        for statement in document["Statement"]:
            lists = {key: _listed(statement.get(key, [])) for key in ("Action", "Resource")}
            yield statement | lists


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
