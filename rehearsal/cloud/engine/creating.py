"""Resources are created after all that they depend on."""

from __future__ import annotations

from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError

from rehearsal.cloud.engine.kinds import NOTHING
from rehearsal.cloud.engine.memory import properties_of, record, resolved
from rehearsal.cloud.engine.telling import told

_MOTO_CREATE = parsing.parse_and_create_resource


def create(logical_id: str, resource_json: dict[str, Any], resources_map: Any, **where: Any) -> Any:
    """Create one resource; in the place of moto's own function."""
    kind = resource_json["Type"]
    if kind in NOTHING:
        return None
    for dependency in _listed(resource_json.get("DependsOn", [])):
        resources_map.get(dependency)
    try:
        made = _MOTO_CREATE(logical_id, resource_json, resources_map, **where)
    except Exception as error:
        raise told(error, logical_id, kind) from error
    if made is not None:
        properties_of(resources_map)[logical_id] = resolved(resource_json, resources_map)
        record(resources_map, logical_id, made, kind, "CREATE_COMPLETE")
    return made


def create_then_check_exports(self: Any, stack: Any) -> None:
    """Exports ask for resources; these must have been made in their own order by then."""
    stack.resource_map.create(stack.template_dict)
    taken = {export.name for export in stack.exports} & set(self.exports)
    if taken:
        raise ValidationError(message=f"exports of another stack: {', '.join(sorted(taken))}")


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
