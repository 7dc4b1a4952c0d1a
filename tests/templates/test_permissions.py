"""Each role may do what the code that has it calls, and what AWS does as it: no less, no more."""

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.policy.every_resource import NEEDS_EVERY_RESOURCE
from infra.policy.template import Stack
from tests.support import ROOT
from tests.support.everything import SYNTHESIZED, stacks_in
from tests.support.permissions.actions import actions_of
from tests.support.permissions.entries import ENTRIES, all_entries
from tests.support.permissions.implied import IMPLIED
from tests.support.permissions.proof import problems
from tests.support.permissions.reach import reach
from tests.support.permissions.runtimes import Runtime, runtimes
from tests.support.permissions.scan import calls_of, unseen
from tests.support.permissions.subjects import ONLY_WHERE, SUBJECTS

Statement = dict[str, Any]


@pytest.fixture(scope="module")
def stacks(cloud_assembly) -> list[Stack]:
    return stacks_in(Path(cloud_assembly.directory))


def _runtimes(stacks: list[Stack], environment: str) -> list[Runtime]:
    return runtimes([each for each in stacks if each.environment.name == environment])


@pytest.fixture(scope="module")
def everywhere(stacks) -> list[Runtime]:
    return [each for e in SYNTHESIZED for each in _runtimes(stacks, e.name)]


@pytest.mark.parametrize("environment", [each.name for each in SYNTHESIZED])
def test_every_role_has_the_permissions_that_it_needs_and_no_other(stacks, environment):
    found = [problem for each in _runtimes(stacks, environment) for problem in problems(each)]
    assert not found, "\n".join(found)


def test_the_scan_sees_calls_of_every_kind_of_runtime():
    seen = {
        (str(call).partition(" ")[2], call.path)
        for entry in all_entries()
        for call in calls_of(entry)
    }
    assert seen >= {
        ("autoscaling.set_instance_health", "servers/mlflow/health.py"),
        ("ec2.revoke_security_group_egress", "lambdas/default_group.py"),
        ("sagemaker.create_processing_job", "dags/tasks/jobs.py"),
        ("glue.start_job_run", "lambdas/arriving/admission.py"),
        ("redshift-data.execute_statement", "ml/adapters/redshift_data.py"),
        ("s3.upload_file", "ml/adapters/s3_folder.py"),
        ("sagemaker-runtime.invoke_endpoint", "lambdas/scoring/endpoint.py"),
        ("sagemaker.create_model_package", "ml/adapters/model_packages.py"),
    }
    assert len({operation for operation, _ in seen}) >= 25


def test_the_console_reads_what_a_job_writes():
    """One file of ours has both; each container reaches its own part."""
    console = {call.operation for call in calls_of("ml.cli.containers:console")}
    job = {call.operation for call in calls_of("ml.cli.containers:step")}
    read = {"download_file", "list_objects_v2"}
    assert console == read | {"batch_get_item", "batch_write_item", "put_item", "query"}
    assert job > read | {"put_object", "upload_file"}
    assert not calls_of("ml.cli.containers:endpoint")


def test_no_runtime_uses_what_the_scan_cannot_follow():
    assert unseen(reach(*all_entries()).running) == []


@pytest.mark.parametrize(
    "line",
    [
        "boto3.resource('s3')",
        "boto3.Session()",
        "boto3.client(name)",
        "client(name)",
    ],
)
def test_what_the_scan_cannot_follow_is_named(tmp_path, monkeypatch, line):
    monkeypatch.setattr("tests.support.permissions.scan.ROOT", tmp_path)
    (tmp_path / "code.py").write_text(f"def work(name):\n    return {line}\n")
    assert len(unseen([tmp_path / "code.py"])) == 1


def test_no_file_of_ours_calls_aws_unproven():
    """Whatever holds a client belongs to a runtime, or nobody has proven its permissions."""
    reached = {path.relative_to(ROOT).as_posix() for path in reach(*all_entries()).running}
    folders = ("dags", "glue_jobs", "lambdas", "ml", "servers")
    holding = {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if "boto3" in path.read_text()
    }
    assert holding - {"servers/mlflow/machine.py"} <= reached  # which only names a variable of it


def test_what_is_written_down_is_there(everywhere):
    """A role, subject or implied call that is no longer there would hide the next one."""
    names = {each.name for each in everywhere}
    assert ENTRIES.keys() | SUBJECTS.keys() <= names
    for each in everywhere:
        needed = {action for call in calls_of(*each.entries) for action in actions_of(call)}
        beside = {"s3:ListBucket"} if each.name == "orchestration/AirflowDagsDeliverRole" else set()
        assert SUBJECTS.get(each.name, {}).keys() <= needed | beside, each.name
        assert {action for name, action in ONLY_WHERE if name == each.name} <= needed
    idle = [i.why for i in IMPLIED if not any(i.is_of(each) for each in everywhere)]
    assert not idle
    assert all(set(i.who) <= names | {"lambda.amazonaws.com"} for i in IMPLIED)


def test_few_actions_may_name_every_resource_and_each_has_its_use(everywhere):
    assert len(NEEDS_EVERY_RESOURCE) <= 12
    used = {g.action for each in everywhere for g in each.granted if g.place == "*"}
    assert {action for each in NEEDS_EVERY_RESOURCE for action in each.actions} == used


def test_no_permission_can_go_unnoticed(stacks):
    for each in _runtimes(stacks, "everything"):
        for granted in each.granted:
            others = tuple(g for g in each.granted if g != granted)
            assert problems(replace(each, granted=others)), f"{each.title} {granted}"


def _starts_job(statement: Statement) -> bool:
    return "glue:StartJobRun" in statement["Action"]


def _without(statements: list[Statement]) -> list[Statement]:
    return [each for each in statements if not _starts_job(each)]


def _of_another_job(statements: list[Statement]) -> list[Statement]:
    other = "arn:aws:glue:us-east-1:123456789012:job/somebody-elses"
    return [each | {"Resource": other} if _starts_job(each) else each for each in statements]


def _of_any_job(statements: list[Statement]) -> list[Statement]:
    return [each | {"Resource": "*"} if _starts_job(each) else each for each in statements]


def _of_any_action(statements: list[Statement]) -> list[Statement]:
    return [each | {"Action": "glue:Start*"} if _starts_job(each) else each for each in statements]


def _and_more(statements: list[Statement]) -> list[Statement]:
    more = {"Effect": "Allow", "Action": "glue:DeleteJob", "Resource": "arn:aws:glue:::job/x"}
    return [*statements, more]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_without, ["missing: ", "admission.py:", "glue:StartJobRun", "may not do it"]),
        (_of_another_job, ["wrong resource: ", "admission.py:", "job/leadwise-dev-clean-leads"]),
        (_of_another_job, ["wrong resource: ", "allows", "somebody-elses", "admission.py:"]),
        (_and_more, ["unused: ", "IntakeRoleDefaultPolicy", "statement", "glue:DeleteJob"]),
        (_of_any_action, ["wildcard: ", "glue:Start*", "name each action", "admission.py:"]),
        (_of_any_job, ["wildcard: ", "on *", "name the resource", "admission.py:"]),
    ],
)
def test_a_bad_policy_is_named_with_file_and_line(
    stacks, spoil: Callable[[list[Statement]], list[Statement]], says: list[str]
):
    bad = [_spoilt(each, spoil) for each in stacks if each.environment.name == "dev"]
    (intake,) = (each for each in runtimes(bad) if each.name == "ingestion/IntakeRole")
    lines = problems(intake)
    assert any(all(word in line for word in says) for line in lines), "\n".join(lines)


def _spoilt(stack: Stack, spoil: Callable[[list[Statement]], list[Statement]]) -> Stack:
    template = copy.deepcopy(dict(stack.template))
    for id, body in template["Resources"].items():
        if body["Type"] == "AWS::IAM::Policy" and id.startswith("IntakeRole"):
            document = body["Properties"]["PolicyDocument"]
            document["Statement"] = spoil(document["Statement"])
    return Stack(stack.name, stack.environment, template)


def test_an_exception_holds_within_its_limit_only(stacks):
    """Of statements in Redshift, a Lambda may see its own."""
    (setup,) = (
        each for each in _runtimes(stacks, "dev") if each.name == "warehouse/SetupFunctionRole"
    )
    unlimited = tuple(replace(each, condition={}) for each in setup.granted)
    lines = [line for line in problems(replace(setup, granted=unlimited)) if "wildcard" in line]
    assert {"CancelStatement", "DescribeStatement", "GetStatementResult"} == {
        line.partition("redshift-data:")[2].partition(" ")[0] for line in lines
    }
    assert all("lambdas/warehousing/statements.py:" in line for line in lines)
