"""Each Lambda's role may do what the Lambda's code calls."""

import copy
from pathlib import Path

import pytest

from infra.policy.template import Stack
from infra.shapes import Orchestrator
from tests.support.everything import stacks_in
from tests.support.permissions.closure import files_of
from tests.support.permissions.proof import Runtime, lambda_runtimes, missing
from tests.support.permissions.scan import calls, resources_are_unused

# The retrain Lambda starts one or the other; it never calls both.
_ONLY_WITH = {
    "sagemaker:StartPipelineExecution": Orchestrator.PIPELINE,
    "airflow:InvokeRestApi": Orchestrator.MWAA,
}


@pytest.fixture(scope="module")
def runtimes(cloud_assembly) -> list[Runtime]:
    return list(lambda_runtimes(stacks_in(Path(cloud_assembly.directory)), files_of))


def _missing(runtime: Runtime) -> list[str]:
    orchestrator = runtime.role.stack.environment.orchestrator
    return [
        line
        for line in missing(runtime)
        if not any(action in line and orchestrator is not o for action, o in _ONLY_WITH.items())
    ]


def test_every_call_of_a_lambda_is_permitted(runtimes):
    assert [line for runtime in runtimes for line in _missing(runtime)] == []


def test_the_scan_sees_calls(runtimes):
    seen = {str(call).partition(" ")[2] for runtime in runtimes for call in calls(runtime.files)}
    assert {"glue.start_job_run", "sagemaker-runtime.invoke_endpoint", "s3.get_object"} <= seen


def test_no_lambda_uses_what_the_scan_cannot_follow(runtimes):
    assert [place for runtime in runtimes for place in resources_are_unused(runtime.files)] == []


def test_a_missing_permission_is_named_with_file_and_line(runtimes):
    runtime = next(each for each in runtimes if each.name.endswith("lambda intake"))
    template = copy.deepcopy(dict(runtime.role.stack.template))
    for body in template["Resources"].values():
        if body["Type"] == "AWS::IAM::Policy":
            body["Properties"]["PolicyDocument"]["Statement"] = []
    stack = Stack(runtime.role.stack.name, runtime.role.stack.environment, template)
    bare = next(each for each in lambda_runtimes([stack], files_of) if each.name == runtime.name)
    lines = missing(bare)
    assert any("admission.py:" in line and "glue:StartJobRun" in line for line in lines)
