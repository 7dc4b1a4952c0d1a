"""Our own controls hold in every environment, and each would be missed."""

from pathlib import Path

import pytest

from infra.policy.control import EVERY_TYPE, check
from infra.policy.controls import CONTROLS
from infra.policy.template import Stack
from tests.support.everything import stacks_in, stacks_with_every_resource
from tests.support.mutants import MUTANTS
from tests.support.mutation import Mutant


@pytest.fixture(scope="module")
def stacks(cloud_assembly) -> list[Stack]:
    return stacks_in(Path(cloud_assembly.directory))


def _findings(stacks: list[Stack]) -> set[str]:
    return {str(finding) for finding in check(CONTROLS, stacks)}


def test_no_control_is_broken(stacks):
    assert _findings(stacks) == set()


def test_every_control_looks_at_something(stacks):
    types = {EVERY_TYPE} | {resource.type for stack in stacks for resource in stack.resources}
    idle = [control.id for control in CONTROLS if types.isdisjoint(control.types)]
    assert idle == []


def test_every_control_has_a_number_of_its_own():
    numbers = [control.id for control in CONTROLS]
    assert len(numbers) == len(set(numbers))


def test_there_are_enough_mutants():
    assert len({mutant.says for mutant in MUTANTS}) >= 40


@pytest.fixture(scope="module")
def mutated_stacks(stacks) -> list[Stack]:
    return stacks_with_every_resource(stacks)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.says)
def test_taking_a_property_away_breaks_a_control(mutant: Mutant, mutated_stacks):
    """Wherever the property is taken from: each of its resources is one mutant."""
    mutated = [(stack, changed) for stack in mutated_stacks for changed in mutant.of(stack)]
    assert mutated, f"no resource has what {mutant.says!r} takes away"
    unnoticed = {
        changed.name for stack, changed in mutated if _findings([changed]) <= _findings([stack])
    }
    assert unnoticed == set()
