"""docs/security.md says what holds, and everything that it names exists."""

import ast
from pathlib import Path

import pytest
from aws_cdk import App

from app import build
from infra.policy.catalogue import HELD_BY, NOT_HELD
from infra.policy.controls import CONTROLS
from infra.policy.design_rules import DESIGN_RULES
from infra.policy.nag_answers import ANSWERS
from infra.policy.template import Stack
from infra.stage import LeadwiseStage
from scripts.security import (
    PAGE,
    broken_rules,
    mutants_by_control,
    sections_of_nag,
    sections_of_templates,
)
from scripts.security_page import INTRO, Broken, controls_section
from tests.support import ROOT
from tests.support.cdk import context
from tests.support.everything import EVERYTHING, stacks_in, stacks_with_every_resource

NUMBERS = {control.id for control in CONTROLS}


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text()


@pytest.fixture(scope="module")
def stacks(cloud_assembly) -> list[Stack]:
    return stacks_in(Path(cloud_assembly.directory))


@pytest.fixture(scope="module")
def app(tmp_path_factory) -> App:
    app = build(App(context=context(), outdir=str(tmp_path_factory.mktemp("nag"))))
    LeadwiseStage(app, environment=EVERYTHING)
    app.synth()  # which makes a policy more of a role that has outgrown its own
    return app


@pytest.fixture(scope="module")
def broken(app) -> Broken:
    return broken_rules(app)


def test_the_page_is_what_the_command_writes_of_templates(page, stacks):
    assert page.startswith(INTRO.read_text().strip())
    for section in sections_of_templates(stacks):
        assert section in page, f"{section.splitlines()[0]} has changed; run make security"


def test_the_page_is_what_the_command_writes_of_cdk_nag(page, app, broken):
    for section in sections_of_nag(app, broken):
        assert section in page, f"{section.splitlines()[0]} has changed; run make security"


def test_every_control_is_seen_to_break(stacks):
    assert set(mutants_by_control(stacks_with_every_resource(stacks))) == NUMBERS


def test_a_broken_control_is_said_to_be_broken(stacks):
    section = controls_section(stacks, {"S3.8"}, {})
    assert f"{len(CONTROLS) - 1} of {len(CONTROLS)} hold" in section
    assert "| S3.8 | the bucket blocks public access | everywhere |  | no |" in section


def test_every_rule_of_the_reports_has_an_answer_and_no_answer_is_left_over(broken):
    assert {rule for counts in broken.values() for rule in counts} == set(ANSWERS)


def test_the_design_has_38_rules():
    assert list(DESIGN_RULES) == [f"S{number}" for number in range(1, 39)]


@pytest.mark.parametrize("id", DESIGN_RULES)
def test_what_holds_a_rule_exists(id):
    rule = DESIGN_RULES[id]
    assert rule.controls or rule.tests
    assert set(rule.controls.split()) <= NUMBERS
    for test in rule.tests:
        path, _, name = test.partition("::")
        functions = {
            each.name
            for each in ast.walk(ast.parse((ROOT / path).read_text()))
            if isinstance(each, ast.FunctionDef)
        }
        assert not name or name in functions, test


def test_the_catalogue_names_each_control_once():
    assert set(HELD_BY.values()) <= NUMBERS
    assert not (NUMBERS & HELD_BY.keys())
    assert not (NUMBERS & NOT_HELD.keys())
    assert not (HELD_BY.keys() & NOT_HELD)
