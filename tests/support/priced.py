"""Small templates and prices for tests of the estimator."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.cost.estimate import Estimate, estimate
from infra.cost.prices import PriceList
from infra.cost.templates import Resource, Stack

PRICES = PriceList.read()
STACK = "leadwise-dev-lake"


def entry(kind: str, **properties: Any) -> dict[str, Any]:
    """A resource of a template: `entry("KMS::Key", EnableKeyRotation=True)`."""
    return {
        "Type": kind if kind.startswith("Custom::") else f"AWS::{kind}",
        "Properties": properties,
    }


def stack(resources: Mapping[str, Any], **sections: Any) -> Stack:
    """A stack of these resources; sections are Parameters and Conditions."""
    return Stack(STACK, {"Resources": dict(resources), **sections})


def resource(kind: str, **properties: Any) -> Resource:
    """A resource of a stack that holds it alone."""
    return stack({"It": entry(kind, **properties)}).resources[0]


def price(resources: Mapping[str, Any], **sections: Any) -> Estimate:
    """Estimate of one stack."""
    return estimate("dev", [stack(resources, **sections)], PRICES)


def idle(kind: str, **properties: Any) -> float:
    """US dollars a month that a resource costs idle."""
    return price({"It": entry(kind, **properties)}).idle_usd


def write_synth(folder: Path, resources: Mapping[str, Any], environment: str = "dev") -> Path:
    """An output of synth with one stack in it."""
    assembly = folder / f"assembly-{environment}"
    assembly.mkdir(parents=True)
    properties = {"templateFile": "lake.template.json", "stackName": STACK}
    artifact = {"type": "aws:cloudformation:stack", "properties": properties}
    manifest = {"artifacts": {"lake": artifact, "lake.assets": {"type": "cdk:asset-manifest"}}}
    (assembly / "manifest.json").write_text(json.dumps(manifest))
    (assembly / "lake.template.json").write_text(json.dumps({"Resources": dict(resources)}))
    return folder
