"""The estimate reads a template as CloudFormation would once there is a champion."""

import pytest

from infra.assembly import NotSynthesized
from infra.cost.templates import NotPriceable, read_stacks
from tests.support.priced import entry, price, resource, stack, write_synth

NAT = entry("EC2::NatGateway")
PARAMETERS = {
    "ChampionPackage": {"Type": "String", "Default": ""},
    "ShadowPackage": {"Type": "String", "Default": ""},
}


def given(name):
    return {"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]}


CONDITIONS = {
    "HasChampion": given("ChampionPackage"),
    "HasShadow": given("ShadowPackage"),
    "HasBoth": {"Fn::And": [{"Condition": "HasChampion"}, {"Condition": "HasShadow"}]},
    "HasOne": {"Fn::Or": [{"Condition": "HasChampion"}, {"Condition": "HasShadow"}]},
}


@pytest.mark.parametrize(
    ("condition", "there"),
    [("HasChampion", True), ("HasShadow", False), ("HasBoth", False), ("HasOne", True)],
)
def test_a_champion_is_there_and_no_shadow(condition, there):
    sections = {"Parameters": PARAMETERS, "Conditions": CONDITIONS}
    found = price({"Nat": NAT | {"Condition": condition}}, **sections)
    assert found.idle_usd == (32.85 if there else 0)


def test_a_property_under_a_condition_is_read_as_the_condition_holds():
    shadow = {"Fn::If": ["HasShadow", ["one"], {"Ref": "AWS::NoValue"}]}
    template = stack(
        {"It": entry("X::Y", Shadow=shadow, Size={"Fn::If": ["HasChampion", 2, 1]})},
        Parameters=PARAMETERS,
        Conditions=CONDITIONS,
    )
    [found] = template.resources
    assert found.get("Shadow") is None
    assert found.number("Size") == 2


def test_a_parameter_stands_for_its_default():
    sizes = {"Size": {"Type": "Number", "Default": 3}}
    [found] = stack({"It": entry("X::Y", Count={"Ref": "Size"})}, Parameters=sizes).resources
    assert found.number("Count") == 3


def test_a_number_that_only_a_deploy_knows_is_refused_by_name():
    found = resource("X::Y", Count={"Fn::ImportValue": "elsewhere"})
    with pytest.raises(NotPriceable, match=r"AWS::X::Y It in .*: Count is .*ImportValue"):
        found.number("Count")


def test_text_that_only_a_deploy_knows_is_refused_by_name():
    with pytest.raises(NotPriceable, match="InstanceType is None; expected text"):
        resource("EC2::Instance").text("InstanceType")


def test_a_target_in_another_stack_is_refused_by_name():
    with pytest.raises(NotPriceable, match="expected a resource of the same stack"):
        resource("ECS::Service", TaskDefinition={"Fn::ImportValue": "x"}).target("TaskDefinition")


def test_stacks_are_read_with_their_names(tmp_path):
    [found] = read_stacks(write_synth(tmp_path, {"Nat": NAT}), "dev")
    assert found.name == "leadwise-dev-lake"
    assert [each.id for each in found.resources] == ["Nat"]


def test_a_folder_without_templates_says_what_to_do(tmp_path):
    with pytest.raises(NotSynthesized, match=r"no templates of environment 'dev'.*make synth"):
        read_stacks(tmp_path, "dev")
