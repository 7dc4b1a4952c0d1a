"""What the real templates cost: every type has a price, and no environment outgrows its goal."""

from pathlib import Path

import pytest

from infra.cost.estimate import price_of
from infra.cost.prices import PriceList
from infra.environments import ENVIRONMENTS

GOALS = {"dev": 40, "staging": 200, "prod": 400}


@pytest.fixture(scope="module", params=ENVIRONMENTS, ids=lambda environment: environment.name)
def priced(request, cloud_assembly):
    folder = Path(cloud_assembly.directory)
    return request.param, price_of(request.param, PriceList.read(), folder)


def test_the_idle_price_is_within_goal_and_budget(priced):
    environment, found = priced
    dearest = sorted(found.idle, key=lambda line: -line.monthly)[:10]
    assert found.idle_usd <= GOALS[environment.name], [
        (line.stack, line.charge.what, round(line.monthly, 2)) for line in dearest
    ]
    assert environment.monthly_budget <= GOALS[environment.name]


def test_what_is_paid_by_use_is_listed_with_its_assumption(priced):
    _, found = priced
    assert {"AWS::S3::Bucket", "AWS::Lambda::Function"} <= {line.type for line in found.used}
    assert all(line.charge.assumption for line in found.used)


def test_the_estimate_sees_every_stack(priced, cloud_assembly):
    environment, found = priced
    assembly = cloud_assembly.get_nested_assembly(f"assembly-{environment.name}")
    assert set(found.stacks) == {stack.stack_name for stack in assembly.stacks}
