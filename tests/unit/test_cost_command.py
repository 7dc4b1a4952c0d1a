"""The command: what it prints, where, and with which exit code."""

import json

import pytest

from infra.cost import __main__ as command
from infra.cost.synthesis import SynthFailed
from tests.support.priced import entry, write_synth

NAT = entry("EC2::NatGateway")
ADDRESS = entry("EC2::EIP")
ROLE = entry("IAM::Role")


@pytest.fixture
def run(capsys):
    def run(*arguments):
        code = command.main([str(each) for each in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_it_prints_totals_stacks_resources_and_use(run, tmp_path):
    out = write_synth(tmp_path, {"Nat": NAT, "Address": ADDRESS, "Role": ROLE})
    code, said, trouble = run("--env", "dev", "--out", out)
    assert (code, trouble) == (0, "")
    assert "dev: 36.50 idle, budget 40; use as assumed adds 0.45" in said
    assert "leadwise-dev-lake" in said
    assert "NAT gateway: 1 x 0.045 per hour" in said
    assert "1 resources are free" in said
    assert "10 GB through it" in said


def test_json_is_one_object_and_nothing_else(run, tmp_path):
    out = write_synth(tmp_path, {"Nat": NAT})
    _, said, _ = run("--env", "dev", "--out", out, "--json")
    content = json.loads(said)
    [environment] = content["environments"]
    assert (environment["environment"], environment["idle"]) == ("dev", 32.85)
    [stack] = environment["stacks"]
    assert [(line["what"], line["assumption"]) for line in stack["lines"]] == [
        ("NAT gateway", None),
        ("data, GB", "10 GB through it"),
    ]


def test_a_comparison_prints_what_changed(run, tmp_path):
    before = write_synth(tmp_path / "before", {"Nat": NAT})
    after = write_synth(tmp_path / "after", {"Address": ADDRESS})
    code, said, _ = run("--env", "dev", "--out", after, "--against", before)
    assert code == 0
    assert "idle -29.20, was 32.85" in said
    assert "-   -32.85  leadwise-dev-lake EC2 NatGateway Nat: NAT gateway (idle)" in said
    assert "+    +3.65  leadwise-dev-lake EC2 EIP Address: public address (idle)" in said


def test_a_comparison_as_json_has_each_change(run, tmp_path):
    before = write_synth(tmp_path / "before", {"Nat": NAT})
    after = write_synth(tmp_path / "after", {})
    _, said, _ = run("--env", "dev", "--out", after, "--against", before, "--json")
    against = json.loads(said)["environments"][0]["against"]
    assert (against["idle"], against["idle_change"]) == (32.85, -32.85)
    assert [(each["kind"], each["delta"]) for each in against["changes"]] == [
        ("removed", -32.85),
        ("removed", -0.45),
    ]


def test_equal_templates_say_so(run, tmp_path):
    out = write_synth(tmp_path, {"Nat": NAT})
    _, said, _ = run("--env", "dev", "--out", out, "--against", out)
    assert "nothing that costs has changed" in said


def test_over_budget_is_refused_after_the_report(run, tmp_path):
    out = write_synth(tmp_path, {"A": NAT, "B": NAT})
    code, said, trouble = run("--env", "dev", "--out", out)
    assert code == 3
    assert "dev: 65.70 idle" in said
    assert trouble.count("\n") == 1
    assert "dev costs $65.70 a month idle, its budget is $40" in trouble


@pytest.mark.parametrize(
    ("resources", "complaint"),
    [
        ({"It": entry("Kendra::Index")}, "AWS::Kendra::Index It in leadwise-dev-lake has no price"),
        ({"It": entry("EC2::Instance", InstanceType="x9")}, "needs the price 'ec2.x9'"),
    ],
)
def test_a_missing_price_is_one_line_and_exit_code_2(run, tmp_path, resources, complaint):
    code, said, trouble = run("--env", "dev", "--out", write_synth(tmp_path, resources))
    assert (code, said) == (2, "")
    assert trouble.count("\n") == 1
    assert complaint in trouble


def test_an_unknown_environment_is_one_line_and_exit_code_2(run, tmp_path):
    code, said, trouble = run("--env", "qa", "--out", tmp_path)
    assert (code, said) == (2, "")
    assert trouble == "unknown environment 'qa'; there is: dev, staging, prod\n"


def test_without_a_folder_it_synthesizes_and_hands_on_its_exit_code(run, monkeypatch):
    def fail(_):
        raise SynthFailed(7)

    monkeypatch.setattr(command, "synthesized", fail)
    assert run("--env", "dev") == (7, "", "")
