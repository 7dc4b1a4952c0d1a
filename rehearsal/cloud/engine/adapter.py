"""Our models in the shape in which moto looks for its own."""

from __future__ import annotations

import copy
from typing import Any, ClassVar

from moto.cloudformation.exceptions import ValidationError
from moto.core.common_models import CloudFormationModel

from rehearsal.cloud.model import Model

# Classes that nothing else refers to would be collected, and with them be gone for moto.
_KEPT: list[type[CloudFormationModel]] = []


class _Held:
    """What every adapter does: hand on to the model that it holds."""

    model: ClassVar[type[Model]]

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
                message=f"no attribute {name} of {self.model.type}: set it in "
                f"{self.model.__name__} in rehearsal/cloud/models/"
            )
        return self.held.attributes[name]

    @classmethod
    def cloudformation_name_type(cls) -> str:
        return cls.model.name_property

    @classmethod
    def cloudformation_type(cls) -> str:
        return cls.model.type

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
    ) -> Any:
        held = cls.model(
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
        """Bring the resource to new properties."""
        before, self.held.properties = self.held.properties, copy.deepcopy(properties)
        self.held.update(before)

    def drop(self) -> None:
        """Take the resource away."""
        self.held.delete()

    def replaced_by(self, properties: dict[str, Any]) -> bool:
        """Whether the new properties ask for a new resource."""
        names = [*self.model.replaced_by, self.model.name_property]
        return any(self.held.properties.get(n) != properties.get(n) for n in names if n)


def adapt(model: type[Model]) -> None:
    """Let moto find a model: it looks for direct subclasses of its own CloudFormationModel."""
    held = model

    class Adapter(_Held, CloudFormationModel):  # type: ignore[misc]  # moto has no types
        __module__ = "moto.rehearsal.models"  # moto reads a service's name from the second part
        model = held

    Adapter.__name__ = Adapter.__qualname__ = model.__name__
    _KEPT.append(Adapter)
