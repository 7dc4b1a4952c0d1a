"""moto's CloudFormation, taught to create, change and drop resources as CloudFormation does.

moto itself changes a resource only when its own text in the template changed, forgets exports that
an update adds, resolves exports before `DependsOn`, and passes over types that it does not know.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from moto.cloudformation import models as stacks
from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.core.common_models import CloudFormationModel

from rehearsal.cloud.model import Model, all_models

# These carry nothing that could be made.
_NOTHING = {"AWS::CDK::Metadata"}
# The page that Flask answers with where moto raises.
_CRASH = (
    "<!doctype html> <html lang=en> <title>500 Internal Server Error</title> <h1>Internal Server "
    "Error</h1> <p>The server encountered an internal error and was unable to complete your "
    "request. Either the server is overloaded or there is an error in the application.</p>"
)
_MOTO_CREATE = parsing.parse_and_create_resource


class UnknownType(ValidationError):  # type: ignore[misc]
    """Raised when a template holds a type that neither moto nor this package knows."""

    def __init__(self, kind: str) -> None:
        super().__init__(message=f"no model of {kind}: add one to rehearsal/cloud/")


def install() -> None:
    """Teach moto; call once, before it serves."""
    for model in all_models().values():
        _adapter(model)
    parsing.get_model_list.cache_clear()
    parsing.get_model_map.cache_clear()
    parsing.get_name_type_map.cache_clear()
    parsing.resource_class_from_type = _class_of
    parsing.resource_name_property_from_type = _name_property_of
    parsing.parse_and_create_resource = _create
    parsing.ResourceMap.update = _update
    stacks.CloudFormationBackend._validate_export_uniqueness = _create_then_check_exports
    stacks.CloudFormationBackend._resolve_update_parameters = _parameters
    _wrap_update_stack()


def known_types() -> set[str]:
    """Every type that the rehearsal's CloudFormation can create."""
    return {*parsing.get_model_map(), *all_models()} | _NOTHING


def _class_of(kind: str) -> Any:
    if kind in _NOTHING:
        return None
    found = parsing.get_model_map().get(kind)
    if found is None and kind.startswith("Custom::"):
        found = parsing.get_model_map()["Custom::*"]
    if found is None:
        raise UnknownType(kind)
    return found


def _name_property_of(kind: str) -> str | None:
    found = _class_of(kind)
    return found.cloudformation_name_type() if found else None


def _adapter(model: type[Model]) -> None:
    """Moto finds its models as direct subclasses of CloudFormationModel."""

    class Adapter(CloudFormationModel):  # type: ignore[misc]
        __module__ = "moto.rehearsal.models"  # moto reads a service's name from the second part

        def __init__(self, held: Model) -> None:
            self.held = held

        @property
        def physical_resource_id(self) -> str:
            return self.held.ref or self.held.name

        @classmethod
        def has_cfn_attr(cls, attr: str) -> bool:  # noqa: ARG003 - moto's signature
            return True

        def get_cfn_attribute(self, name: str) -> Any:
            if name not in self.held.attributes:
                raise ValidationError(
                    message=f"no attribute {name} of {model.type}: set it in {model.__name__} "
                    "in rehearsal/cloud/"
                )
            return self.held.attributes[name]

        @staticmethod
        def cloudformation_name_type() -> str:
            return model.name_property

        @staticmethod
        def cloudformation_type() -> str:
            return model.type

        def is_created(self) -> bool:
            return True

        @classmethod
        def create_from_cloudformation_json(
            cls,
            resource_name: str,
            cloudformation_json: dict[str, Any],
            account_id: str,
            region_name: str,
            **about: Any,
        ) -> Adapter:
            held = model(
                logical_id=about["LogicalId"],
                name=resource_name,
                properties=copy.deepcopy(cloudformation_json.get("Properties", {})),
                account=account_id,
                region=region_name,
                stack=about["StackId"],
            )
            held.create()
            return cls(held)

        def change(self, properties: dict[str, Any]) -> None:
            before, self.held.properties = self.held.properties, copy.deepcopy(properties)
            self.held.update(before)

        def drop(self) -> None:
            self.held.delete()

        def replaced_by(self, properties: dict[str, Any]) -> bool:
            names = [*model.replaced_by, *([model.name_property] if model.name_property else [])]
            return any(self.held.properties.get(n) != properties.get(n) for n in names)

    Adapter.__name__ = Adapter.__qualname__ = model.__name__
    _KEPT.append(Adapter)


# Classes that nothing else refers to would be collected, and with them be gone for moto.
_KEPT: list[type[CloudFormationModel]] = []


def _create(
    logical_id: str, resource_json: dict[str, Any], resources_map: Any, **where: Any
) -> Any:
    """Create one resource after all that it depends on; an error says which one it was."""
    kind = resource_json["Type"]
    if kind in _NOTHING:
        return None
    for dependency in _listed(resource_json.get("DependsOn", [])):
        resources_map.get(dependency)
    try:
        made = _MOTO_CREATE(logical_id, resource_json, resources_map, **where)
    except Exception as error:
        raise _told(error, logical_id, kind) from error
    if made is not None:
        _properties_of(resources_map)[logical_id] = _resolved(resource_json, resources_map)
        _record(resources_map, logical_id, made, kind, "CREATE_COMPLETE")
    return made


def _update(self: Any, template: dict[str, Any], parameters: dict[str, Any] | None = None) -> None:
    """Bring a stack to a template: create, change or replace what differs once resolved."""
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


def _wanted(resources_map: Any, logical_id: str) -> bool:
    described = resources_map._resource_json_map.get(logical_id)
    if described is None or described["Type"] in _NOTHING:
        return False
    condition = described.get("Condition")
    return not condition or bool(resources_map.lazy_condition_map[condition])


def _bring(resources_map: Any, logical_id: str) -> None:
    described = resources_map._resource_json_map[logical_id]
    kind = described["Type"]
    if logical_id not in resources_map._parsed_resources:
        _ = resources_map[logical_id]
        return
    resolved = _resolved(described, resources_map)
    if resolved == _properties_of(resources_map).get(logical_id):
        return
    resource = resources_map._parsed_resources[logical_id]
    try:
        _change(resources_map, logical_id, resource, described, resolved)
    except Exception as error:
        raise _told(error, logical_id, kind) from error
    _properties_of(resources_map)[logical_id] = resolved
    changed = resources_map._parsed_resources[logical_id]
    _record(resources_map, logical_id, changed, kind, "UPDATE_COMPLETE")


def _change(
    resources_map: Any, logical_id: str, resource: Any, described: Any, resolved: dict[str, Any]
) -> None:
    if not hasattr(resource, "change"):
        resources_map._parsed_resources[logical_id] = _moto_change(
            resources_map, logical_id, described
        )
    elif resource.replaced_by(resolved):
        # CloudFormation makes the new one first; a clash of names fails here as it does there.
        del resources_map._parsed_resources[logical_id]
        _ = resources_map[logical_id]
        resource.drop()
    else:
        resource.change(resolved)


def _moto_change(resources_map: Any, logical_id: str, described: Any) -> Any:
    kind = parsing.resource_class_from_type(described["Type"])
    if hasattr(kind.update_from_cloudformation_json, "__isabstractmethod__"):
        raise ValidationError(
            message=f"moto cannot change {described['Type']}: add a model to rehearsal/cloud/"
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
        raise _told(error, logical_id, kind) from error
    _properties_of(resources_map).pop(logical_id, None)
    _record(resources_map, logical_id, resource, kind, "DELETE_COMPLETE")


def _create_then_check_exports(self: Any, stack: Any) -> None:
    """Exports ask for resources; these must have been made in their own order by then."""
    stack.resource_map.create(stack.template_dict)
    taken = {export.name for export in stack.exports} & set(self.exports)
    if taken:
        raise ValidationError(message=f"exports of another stack: {', '.join(sorted(taken))}")


def _parameters(_: Any, instance: Any, incoming_params: list[dict[str, Any]]) -> dict[str, str]:
    """Parameters of an update; what was never given keeps its default."""
    given = {each["ParameterKey"]: each.get("ParameterValue") for each in incoming_params}
    kept = {name: instance.parameters.get(name) for name, value in given.items() if value is None}
    return {name: value for name, value in (given | kept).items() if value is not None}


def _wrap_update_stack() -> None:
    update_stack: Callable[..., Any] = stacks.CloudFormationBackend.update_stack

    def with_exports(self: Any, **asked: Any) -> Any:
        old = {export.name for export in self.get_stack(asked["name"]).exports}
        stack = update_stack(self, **asked)
        for name in old:
            self.exports.pop(name, None)
        self.exports.update({export.name: export for export in stack.exports})
        return stack

    stacks.CloudFormationBackend.update_stack = with_exports


def _resolved(described: dict[str, Any], resources_map: Any) -> dict[str, Any]:
    clean = parsing.clean_json(copy.deepcopy(described.get("Properties", {})), resources_map)
    return copy.deepcopy(dict(clean))


def _properties_of(resources_map: Any) -> dict[str, dict[str, Any]]:
    """What each resource of a stack was made from, with references resolved."""
    kept: dict[str, dict[str, Any]] = resources_map.__dict__.setdefault("rehearsal_properties", {})
    return kept


def _record(resources_map: Any, logical_id: str, resource: Any, kind: str, status: str) -> None:
    """One event for each resource, as CloudFormation keeps them and the CLI shows them."""
    backend = stacks.cloudformation_backends[resources_map._account_id][resources_map._region_name]
    for stack in _stacks_of(backend, resources_map.stack_id):
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


def _stacks_of(backend: Any, stack_id: str) -> Iterator[Any]:
    yield from (stack for stack in list(backend.stacks.values()) if stack.stack_id == stack_id)


def _told(error: Exception, logical_id: str, kind: str) -> ValidationError:
    """The same error, with the resource's name in front; one that is told already stays."""
    if getattr(error, "told", False):
        return error
    message = str(getattr(error, "message", None) or error) or type(error).__name__
    if not isinstance(error, ValidationError):
        message = f"{type(error).__name__}: {message}"
    one_line = " ".join(message.split()).partition(", must be one of")[0]
    one_line = one_line.replace(_CRASH, "moto itself failed, see its log")
    told = ValidationError(message=f"{logical_id} ({kind}): {one_line}")
    told.told = True
    return told


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
