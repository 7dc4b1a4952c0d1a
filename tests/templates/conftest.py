"""One App for all template tests: jsii starts once, and each assertion then takes milliseconds."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from app import build
from infra.stage import LeadwiseStage
from tests.support.cdk import context
from tests.support.everything import EVERYTHING


@pytest.fixture(scope="session")
def cloud_assembly(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Every environment, and one with all options on, synthesized."""
    app = build(App(context=context(), outdir=str(tmp_path_factory.mktemp("cdk"))))
    LeadwiseStage(app, environment=EVERYTHING)
    return app.synth()


@pytest.fixture(scope="session")
def template_of(cloud_assembly: Any) -> Callable[[str, str], Template]:
    """Template of a stack, to assert on: `template_of("dev", "lake")`."""
    templates: dict[tuple[str, str], Template] = {}

    def template(environment: str, stack: str) -> Template:
        key = (environment, stack)
        if key not in templates:
            stage = cloud_assembly.get_nested_assembly(f"assembly-{environment}")
            artifact = stage.get_stack_by_name(f"leadwise-{environment}-{stack}")
            templates[key] = Template.from_string(json.dumps(artifact.template))
        return templates[key]

    return template


@pytest.fixture(scope="session")
def stacks_of(cloud_assembly: Any) -> Callable[[str], dict[str, dict[str, Any]]]:
    """Plain templates of an environment's stacks, by stack name: `stacks_of("dev")["lake"]`."""

    def stacks(environment: str) -> dict[str, dict[str, Any]]:
        stage = cloud_assembly.get_nested_assembly(f"assembly-{environment}")
        prefix = f"leadwise-{environment}-"
        return {each.stack_name.removeprefix(prefix): each.template for each in stage.stacks}

    return stacks
