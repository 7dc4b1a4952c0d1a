"""What the engine keeps about a stack: what its resources were made from, and what was done."""

from __future__ import annotations

import copy
from typing import Any

from moto.cloudformation import models as stacks
from moto.cloudformation import parsing


def properties_of(resources_map: Any) -> dict[str, dict[str, Any]]:
    """What each resource of a stack was made from, with references resolved."""
    kept: dict[str, dict[str, Any]] = resources_map.__dict__.setdefault("rehearsal_properties", {})
    return kept


def resolved(described: dict[str, Any], resources_map: Any) -> dict[str, Any]:
    """A resource's properties with references resolved."""
    clean = parsing.clean_json(copy.deepcopy(described.get("Properties", {})), resources_map)
    return copy.deepcopy(dict(clean))


def record(resources_map: Any, logical_id: str, resource: Any, kind: str, status: str) -> None:
    """One event for each resource, as CloudFormation keeps them and the CLI shows them."""
    backend = stacks.cloudformation_backends[resources_map._account_id][resources_map._region_name]
    for stack in list(backend.stacks.values()):
        if stack.stack_id == resources_map.stack_id:
            stack.events.append(
                stacks.Event(
                    stack_id=stack.stack_id,
                    stack_name=stack.name,
                    logical_resource_id=logical_id,
                    physical_resource_id=str(getattr(resource, "physical_resource_id", "")),
                    resource_type=kind,
                    resource_status=status,
                    resource_status_reason=None,
                    resource_properties=None,
                )
            )
