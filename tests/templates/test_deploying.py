"""What docs/deploying.md tells a reader to look up and to set is in the templates."""

import json
import re

import pytest

from infra.environments import ENVIRONMENTS
from ml.contract.places import raw_prefix
from tests.support import ROOT

PAGE = (ROOT / "docs" / "deploying.md").read_text()
LOOKED_UP = sorted(set(re.findall(r"\$\(out ([a-z]+) (\w+)\)", PAGE)))
NAMED = sorted(set(re.findall(r"outputs? `(\w+)`", PAGE, re.IGNORECASE)))
PARAMETERS = sorted(set(re.findall(r"(\w+Package)=", PAGE)))


def test_something_is_looked_up():
    assert LOOKED_UP
    assert NAMED
    assert PARAMETERS


@pytest.mark.parametrize(("stack", "output"), LOOKED_UP)
def test_a_stack_of_dev_has_the_output(stacks_of, stack, output):
    assert output in stacks_of("dev")[stack]["Outputs"]


@pytest.mark.parametrize("output", NAMED)
def test_a_stack_of_production_has_the_output(stacks_of, output):
    outputs = {id for each in stacks_of("prod").values() for id in each.get("Outputs", {})}
    assert any(output in id for id in outputs)


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_serving_takes_the_parameter(stacks_of, parameter):
    assert parameter in stacks_of("prod")["serving"]["Parameters"]


def test_a_name_on_the_page_is_a_name_in_the_templates(stacks_of):
    templates = json.dumps(stacks_of("dev"))
    named = set(re.findall(r"\bleadwise-dev-[a-z-]+", PAGE))
    stacks = {f"leadwise-dev-{id}" for id in stacks_of("dev")}
    assert {name for name in named if name not in templates} <= stacks


def test_files_go_where_the_intake_looks():
    (environment,) = {environment.use_case for environment in ENVIRONMENTS}
    assert f"/{raw_prefix(environment)}" in PAGE
