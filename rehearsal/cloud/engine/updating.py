"""A stack is brought to a new template: what differs, once resolved, is changed or replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.cloudformation import models as stacks
from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError

from rehearsal.cloud.engine.kinds import NOTHING
from rehearsal.cloud.engine.memory import properties_of, record, resolved
from rehearsal.cloud.engine.telling import told


def update(self: Any, template: dict[str, Any], parameters: dict[str, Any] | None = None) -> None:
    """Bring a stack's resources to a template; in the place of moto's own method."""
    before = self._resource_json_map
    self._template = template
    if parameters is not None:
        self.input_parameters = parameters
    self._resource_json_map = template["Resources"]
    self.load_mapping()
    self.load_parameters()
    self.load_conditions()
    for logical_id in self._ResourceMap__get_resources_in_dependency_order():
        if _wanted(self, logical_id):
            _bring(self, logical_id)
    gone = [name for name in reversed(list(before)) if not _wanted(self, name)]
    for logical_id in gone:
        _drop(self, logical_id, before[logical_id]["Type"])


def parameters(_: Any, instance: Any, incoming_params: list[dict[str, Any]]) -> dict[str, str]:
    """Parameters of an update; what was never given keeps its default."""
    given = {each["ParameterKey"]: each.get("ParameterValue") for each in incoming_params}
    kept = {name: instance.parameters.get(name) for name, value in given.items() if value is None}
    return {name: value for name, value in (given | kept).items() if value is not None}


def with_exports(update_stack: Callable[..., Any]) -> Callable[..., Any]:
    """Moto's update of a stack, which also brings its exports up to date."""

    def updated(self: Any, **asked: Any) -> Any:
        old = {export.name for export in self.get_stack(asked["name"]).exports}
        stack = update_stack(self, **asked)
        for name in old:
            self.exports.pop(name, None)
        self.exports.update({export.name: export for export in stack.exports})
        return stack

    return updated


def install() -> None:
    """Put all of this in the place of moto's own."""
    parsing.ResourceMap.update = update
    stacks.CloudFormationBackend._resolve_update_parameters = parameters
    wrapped = with_exports(stacks.CloudFormationBackend.update_stack)
    stacks.CloudFormationBackend.update_stack = wrapped


def _wanted(resources_map: Any, logical_id: str) -> bool:
    described = resources_map._resource_json_map.get(logical_id)
    if described is None or described["Type"] in NOTHING:
        return False
    condition = described.get("Condition")
    return not condition or bool(resources_map.lazy_condition_map[condition])


def _bring(resources_map: Any, logical_id: str) -> None:
    described = resources_map._resource_json_map[logical_id]
    kind = described["Type"]
    if logical_id not in resources_map._parsed_resources:
        _ = resources_map[logical_id]
        return
    wanted = resolved(described, resources_map)
    if wanted == properties_of(resources_map).get(logical_id):
        return
    try:
        _change(resources_map, logical_id, described, wanted)
    except Exception as error:
        raise told(error, logical_id, kind) from error
    properties_of(resources_map)[logical_id] = wanted
    changed = resources_map._parsed_resources[logical_id]
    record(resources_map, logical_id, changed, kind, "UPDATE_COMPLETE")


def _change(resources_map: Any, logical_id: str, described: Any, wanted: dict[str, Any]) -> None:
    resource = resources_map._parsed_resources[logical_id]
    if not hasattr(resource, "change"):
        resources_map._parsed_resources[logical_id] = _by_moto(resources_map, logical_id, described)
    elif resource.replaced_by(wanted):
        # CloudFormation makes the new one first; a clash of names fails here as it does there.
        del resources_map._parsed_resources[logical_id]
        _ = resources_map[logical_id]
        resource.drop()
    else:
        resource.change(wanted)


def _by_moto(resources_map: Any, logical_id: str, described: Any) -> Any:
    kind = parsing.resource_class_from_type(described["Type"])
    if hasattr(kind.update_from_cloudformation_json, "__isabstractmethod__"):
        raise ValidationError(
            message=f"moto cannot change {described['Type']}: add a model to rehearsal/cloud/models"
        )
    return parsing.parse_and_update_resource(
        logical_id,
        described,
        resources_map,
        account_id=resources_map._account_id,
        region_name=resources_map._region_name,
    )


def _drop(resources_map: Any, logical_id: str, kind: str) -> None:
    resource = resources_map._parsed_resources.pop(logical_id, None)
    if resource is None:
        return
    try:
        if hasattr(resource, "drop"):
            resource.drop()
        else:
            resources_map._delete_resource(resource, {"Type": kind, "Properties": {}})
    except Exception as error:
        raise told(error, logical_id, kind) from error
    properties_of(resources_map).pop(logical_id, None)
    record(resources_map, logical_id, resource, kind, "DELETE_COMPLETE")
