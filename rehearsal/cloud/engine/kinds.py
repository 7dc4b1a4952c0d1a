"""Which CloudFormation types can be created, and what is behind each."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError

from rehearsal.cloud.model import Stub, all_models
from rehearsal.cloud.models import load

#: These carry nothing that could be made.
NOTHING = {"AWS::CDK::Metadata"}
#: What a real account alone proves about types that moto models itself.
_OF_MOTO = {
    "AWS::AutoScaling::AutoScalingGroup": "that a machine which dies is replaced",
    "AWS::EC2::FlowLog": "that traffic is written down",
    "AWS::EC2::Instance": "that the NAT instance boots and forwards",
    "AWS::EC2::LaunchTemplate": "that the machine boots; what it starts runs in the tests",
    "AWS::EC2::Route": "that packets take it",
    "AWS::EC2::VPCEndpoint": "that services answer behind it, and that its policy holds",
    "AWS::Route53::HostedZone": "that names resolve",
}
_CUSTOM = "Custom::"


class Origin(StrEnum):
    """What creates a resource of a type."""

    MOTO = "moto's own model"
    OURS = "our model, by calls to moto's service"
    LAMBDA = "our own Lambda, run from its asset"
    RECORDED = "our model, recorded only"
    NOTHING = "nothing: it is only text in the template"


class UnknownType(ValidationError):  # type: ignore[misc]  # moto has no types
    """Raised when a template holds a type that neither moto nor this package knows."""

    def __init__(self, kind: str) -> None:
        super().__init__(message=f"no model of {kind}: add one to rehearsal/cloud/models/")


def origin(kind: str) -> Origin | None:
    """What creates resources of a type; None where nothing can.

    Parameters
    ----------
    kind : str
        As templates name it.

    Examples
    --------
    >>> origin("AWS::S3::Bucket").value
    "our model, by calls to moto's service"
    >>> origin("AWS::Braket::Job") is None
    True
    """
    load()
    if kind in NOTHING:
        return Origin.NOTHING
    ours = all_models().get(kind)
    if ours is not None:
        return Origin.RECORDED if issubclass(ours, Stub) else Origin.OURS
    if kind in parsing.get_model_map():
        return Origin.MOTO
    return Origin.LAMBDA if kind.startswith(_CUSTOM) else None


def unproven(kind: str) -> str:
    """What a real account alone proves about a type; empty where nothing is left.

    Examples
    --------
    >>> unproven("AWS::EC2::Route")
    'that packets take it'
    """
    load()
    ours = all_models().get(kind)
    return ours.unproven if ours else _OF_MOTO.get(kind, "")


def class_of(kind: str) -> Any:
    """The class that moto creates a type with; in moto's own place, once it is taught.

    Raises
    ------
    UnknownType
        Where moto itself would pass the resource over.
    """
    if kind in NOTHING:
        return None
    known = parsing.get_model_map()
    found = known.get(kind) or (known["Custom::*"] if kind.startswith(_CUSTOM) else None)
    if found is None:
        raise UnknownType(kind)
    return found


def name_property_of(kind: str) -> str | None:
    """The property that names a resource of a type, where it has one."""
    found = class_of(kind)
    name: str | None = found.cloudformation_name_type() if found else None
    return name
