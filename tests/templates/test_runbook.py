"""The runbook's commands exist, and what they name is there."""

import re

import botocore.session
import pytest
import typer
from botocore import xform_name

from ml.cli.app import app
from ml.contract.alerts import AlertRule
from tests.support import ROOT
from tests.support.event_bridge import plain
from tests.support.everything import EVERYTHING
from tests.support.shell_text import anchors, code_of, commands

PAGE = (ROOT / "docs" / "runbook.md").read_text()
CODE = list(code_of(PAGE))
SESSION = botocore.session.get_session()
# The command line's own, beside what the services' models know.
GLOBAL = {"query", "output", "cli-binary-format", "max-items"}
OWN = {
    ("s3", "cp"): set(),
    ("s3", "ls"): {"recursive"},
    ("logs", "tail"): {"filter-pattern", "since"},
}


def _calls(program):
    return [words for code in CODE for words in commands(code, program) if words]


AWS = sorted({tuple(words) for words in _calls("aws")})


def _options(words):
    return {word[2:].partition("=")[0] for word in words if word.startswith("--")}


def _known(service, operation):
    service = {"s3api": "s3"}.get(service, service)  # as the command line calls it
    model = SESSION.get_service_model(service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(names[operation]).input_shape
    members = shape.members if shape else {}
    flags = {xform_name(name, "-") for name in members}
    off = {f"no-{xform_name(n, '-')}" for n, m in members.items() if m.type_name == "boolean"}
    return flags | off


def test_the_reader_of_commands_reads_them():
    code = "x=$(aws s3 ls \"$(aws sts get-it --a 'b c')\" --recursive) | aws sqs go --q '--no' > x"
    assert list(commands(code, "aws")) == [
        ["s3", "ls", ".", "--recursive"], ["sts", "get-it", "--a", "."], ["sqs", "go", "--q", "."],
    ]  # fmt: skip


@pytest.mark.parametrize("words", AWS, ids=" ".join)
def test_aws_knows_the_command_and_its_options(words):
    service, operation = words[:2]
    if (service, operation) in OWN:
        known = OWN[service, operation]
    elif operation == "wait":
        waiters = SESSION.get_waiter_model(service).waiter_names
        assert words[2] in {xform_name(name, "-") for name in waiters}
        return
    else:
        known = _known(service, operation)
    assert _options(words) - known - GLOBAL == set()


def test_there_are_commands_to_check():
    assert len(AWS) > 40


def test_leadwise_has_the_commands():
    cli = typer.main.get_command(app)
    for name, *_ in _calls("leadwise"):
        assert name in cli.commands


def test_make_has_the_targets():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {words[0] for words in _calls("make")} <= targets


@pytest.fixture(scope="module")
def stacks(stacks_of):
    return stacks_of(EVERYTHING.name)


OF = sorted({tuple(w[:3]) for w in _calls("of") if w[1:] and w[1].startswith("AWS::")})


@pytest.mark.parametrize("asked", OF, ids=" ".join)
def test_a_resource_that_is_asked_for_is_there_once(stacks, asked):
    stack, kind, name = asked
    found = stacks[stack]["Resources"].items()
    assert len([id for id, each in found if each["Type"] == kind and id.startswith(name)]) == 1


def test_an_output_that_is_asked_for_is_there_once(stacks):
    asked = {tuple(words[:2]) for words in _calls("out") if words[0] in stacks}
    assert asked == {("lake", "RawBucket"), ("monitoring", "ChannelsSecret")}
    for stack, name in asked:
        outputs = [o for o in stacks[stack]["Outputs"] if name in o and not o.startswith("Exports")]
        assert len(outputs) == 1


def test_a_log_that_is_read_is_one_that_is_written(stacks):
    groups = {
        re.sub(r"ref:\w+", "$role", plain(each["Properties"]["LogGroupName"]))
        for stack in stacks.values()
        for each in stack["Resources"].values()
        if each["Type"] == "AWS::Logs::LogGroup"
    }
    read = set(re.findall(r'logs tail "([^"]+)"', PAGE)) - {"/leadwise/$ENV/lambda/$1"}
    read |= {f"/leadwise/$ENV/lambda/{words[0]}" for words in _calls("said")}
    assert len(read) >= 9
    assert {name.replace("$ENV", EVERYTHING.name) for name in read} <= groups


def test_parameters_that_are_set_are_the_stacks_own(stacks):
    for code in CODE:
        for stack, given in re.findall(
            r"update-stack --stack-name \"leadwise-\$ENV-(\w+)\"(.*)", code
        ):
            named = set(re.findall(r"ParameterKey=(\w+)", given))
            assert named == set(stacks[stack]["Parameters"])


def test_links_within_the_page_lead_somewhere():
    known = anchors(PAGE)
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) <= set(known)
    assert all(
        (ROOT / "docs" / file).is_file() for file in re.findall(r"\]\((adr/[\w.-]+)\)", PAGE)
    )


@pytest.mark.parametrize("rule", AlertRule)
def test_what_our_own_code_alerts_of_has_a_section(rule):
    assert anchors(PAGE)[rule].strip()


def test_sections_of_alarms_say_all_that_one_needs_at_night():
    sections = {name: text for name, text in anchors(PAGE).items() if "Severity:" in text}
    assert len(sections) >= 20
    for name, text in sections.items():
        assert re.search(r"^Severity: (warning|critical)\b", text, re.MULTILINE), name
        assert re.search(r"^Do\b", text, re.MULTILINE), name
        assert re.search(r"^(Over|Nobody is told when it is over)\b", text, re.MULTILINE), name
