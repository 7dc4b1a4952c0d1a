"""moto's CloudFormation, taught to create, change and drop resources as CloudFormation does.

moto itself changes a resource only when its own text in the template changed, forgets exports that
an update adds, resolves exports before `DependsOn`, and passes over types that it does not know.
"""

from __future__ import annotations

from moto.cloudformation import models as stacks
from moto.cloudformation import parsing

from rehearsal.cloud.engine import creating, kinds, updating
from rehearsal.cloud.engine.adapter import adapt
from rehearsal.cloud.model import all_models
from rehearsal.cloud.models import load


def install() -> None:
    """Teach moto; call once, before it serves."""
    load()
    for model in all_models().values():
        adapt(model)
    parsing.get_model_list.cache_clear()
    parsing.get_model_map.cache_clear()
    parsing.get_name_type_map.cache_clear()
    parsing.resource_class_from_type = kinds.class_of
    parsing.resource_name_property_from_type = kinds.name_property_of
    parsing.parse_and_create_resource = creating.create
    stacks.CloudFormationBackend._validate_export_uniqueness = creating.create_then_check_exports
    updating.install()
